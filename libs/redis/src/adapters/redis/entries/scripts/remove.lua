-- Removes keys and ends their leases. Passes even if the memory limit is reached.
-- KEYS     the values, each followed by its lease; or one value without its lease, if that is on another node
-- ARGV[1]  the channel that is notified if a load waits
-- ARGV[2]  and further: the message of each value
-- reply    how many of the values existed
-- errors   WRONGTYPE of a lease
-- cost     O(number of keys)
--@include end-lease.part.lua
local removed = 0
for i = 1, #KEYS, 2 do
  removed = removed + redis.call('UNLINK', KEYS[i])
  end_lease(KEYS[i + 1], ARGV[1], ARGV[(i + 3) / 2])
end
return removed

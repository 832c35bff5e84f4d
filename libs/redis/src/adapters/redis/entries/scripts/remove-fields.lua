-- Removes fields of a hash and ends the lease of the key.
-- KEYS[1]  the key of the hash
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  the channel that is notified if a load waits
-- ARGV[2]  the message
-- ARGV[3]  and further: the fields
-- reply    how many of the fields existed
-- errors   WRONGTYPE
-- cost     O(number of fields)
--@include end-lease.part.lua
local removed = 0
for i = 3, #ARGV do removed = removed + redis.call('HDEL', KEYS[1], ARGV[i]) end
end_lease(KEYS[2], ARGV[1], ARGV[2])
return removed

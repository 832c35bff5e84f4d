-- Removes a value and ends the lease of the key. Passes even if the memory limit is reached.
-- KEYS[1]  the value
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  the channel that is notified if a load waits
-- ARGV[2]  the message
-- reply    1, or 0 if the value did not exist
-- errors   WRONGTYPE of the lease
-- cost     O(1)
--@include end-lease.part.lua
local removed = redis.call('UNLINK', KEYS[1])
end_lease(KEYS[2], ARGV[1], ARGV[2])
return removed

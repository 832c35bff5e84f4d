-- Sets the time to live of a key and ends its lease.
-- KEYS[1]  the key
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  the time to live in milliseconds
-- ARGV[2]  the channel that is notified if a load waits
-- ARGV[3]  the message
-- reply    1, or 0 without a change if the key is absent
-- errors   WRONGTYPE of the lease
-- cost     O(1)
--@include end-lease.part.lua
if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then return 0 end
end_lease(KEYS[2], ARGV[2], ARGV[3])
return 1

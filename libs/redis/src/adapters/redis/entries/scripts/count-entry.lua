-- Like count.lua, and ends the lease of the key.
-- KEYS[1]  the counter
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  what to add, a whole number
-- ARGV[2]  the largest count, either way
-- ARGV[3]  the time to live of a new counter in milliseconds; empty: it never expires
-- ARGV[4]  the channel that is notified if a load waits
-- ARGV[5]  the message
-- reply    the new count as decimal text; or the error LIMIT if it would exceed ARGV[2]
-- errors   WRONGTYPE, 'ERR value is not an integer or out of range'
-- cost     O(1)
--@include end-lease.part.lua
--@include ../../commands/scripts/count.part.lua
end_lease(KEYS[2], ARGV[4], ARGV[5])
return redis.call('GET', KEYS[1])

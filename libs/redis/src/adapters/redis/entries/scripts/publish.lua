-- Stores a loaded value and ends its lease. If the value cannot be stored, the lease ends nevertheless.
-- KEYS[1]  the value
-- KEYS[2]  the lease
-- ARGV[1]  the token of the load
-- ARGV[2]  the bytes of the value
-- ARGV[3]  the time to live in milliseconds; empty: it never expires
-- ARGV[4]  the channel that is notified if a load waits
-- ARGV[5]  the message
-- reply    1, or 0 without a change if the token does not hold the lease
-- errors   OOM, WRONGTYPE of the lease
-- cost     O(length of the value)
--@include is-held.part.lua
--@include end-lease.part.lua
--@include store.part.lua
if not is_held(redis.call('GET', KEYS[2]), ARGV[1]) then return 0 end
local stored = store(KEYS[1], ARGV[2], ARGV[3])
end_lease(KEYS[2], ARGV[4], ARGV[5])
if stored.err then return stored end
return 1

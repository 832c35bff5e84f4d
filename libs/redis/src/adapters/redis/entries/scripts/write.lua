-- Stores a value and ends the lease of the key.
-- KEYS[1]  the value
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  the bytes of the value
-- ARGV[2]  the time to live in milliseconds; empty: it never expires
-- ARGV[3]  the channel that is notified if a load waits
-- ARGV[4]  the message
-- reply    1
-- errors   OOM without a change, WRONGTYPE of the lease
-- cost     O(length of the value)
--@include end-lease.part.lua
--@include store.part.lua
local stored = store(KEYS[1], ARGV[1], ARGV[2])
if stored.err then return stored end
end_lease(KEYS[2], ARGV[3], ARGV[4])
return 1

-- Like replace.lua, and ends the lease of the key.
-- KEYS[1]  the value
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  the bytes that were read
-- ARGV[2]  the new bytes
-- ARGV[3]  the new time to live in milliseconds; empty: it keeps the current one
-- ARGV[4]  the channel that is notified if a load waits
-- ARGV[5]  the message
-- reply    1 if it was replaced, 0 if the value has changed
-- errors   OOM without a change, WRONGTYPE
-- cost     O(length of the value)
--@include end-lease.part.lua
--@include ../../commands/scripts/replace.part.lua
end_lease(KEYS[2], ARGV[4], ARGV[5])
return 1

-- Like create-field.lua, and ends the lease of the key.
-- KEYS[1]  the key of the hash
-- KEYS[2]  the lease; omitted if it is on another node
-- ARGV[1]  the field
-- ARGV[2]  the bytes of the value
-- ARGV[3]  the time to live of a new hash in milliseconds; empty: it never expires
-- ARGV[4]  the channel that is notified if a load waits
-- ARGV[5]  the message
-- reply    1
-- errors   OOM without a change, WRONGTYPE
-- cost     O(1)
--@include end-lease.part.lua
--@include ../../commands/scripts/create-field.part.lua
end_lease(KEYS[2], ARGV[4], ARGV[5])
return 1

-- Sets a field of a hash. A new hash gets a time to live; an existing hash keeps its own.
-- KEYS[1]  the key of the hash
-- ARGV[1]  the field
-- ARGV[2]  the bytes of the value
-- ARGV[3]  the time to live of a new hash in milliseconds; empty: it never expires
-- reply    1
-- errors   WRONGTYPE
-- cost     O(1)
--@include create-field.part.lua
return 1

-- Compare and set: replaces a value if it has not changed since it was read.
-- KEYS[1]  the key of a string
-- ARGV[1]  the bytes that were read
-- ARGV[2]  the new bytes
-- ARGV[3]  the new time to live in milliseconds; empty: it keeps the current one
-- reply    1 if it was replaced, 0 if the value has changed
-- errors   WRONGTYPE
-- cost     O(length of the value)
--@include replace.part.lua
return 1

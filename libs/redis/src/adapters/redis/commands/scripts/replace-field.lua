-- Compare and set: replaces a field of a hash if it has not changed since it was read.
-- KEYS[1]  the key of a hash
-- ARGV[1]  the field
-- ARGV[2]  the bytes that were read
-- ARGV[3]  the new bytes
-- reply    1 if it was replaced, 0 if the field has changed
-- errors   WRONGTYPE
-- cost     O(length of the value)
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1

-- Sets a field of a hash. A new hash gets a time to live; an existing hash keeps its own.
-- KEYS[1]  the key of the hash
-- ARGV[1]  the field
-- ARGV[2]  the bytes of the value
-- ARGV[3]  the time to live of a new hash in milliseconds
-- reply    1
-- errors   WRONGTYPE
-- cost     O(1)
local is_new = redis.call('EXISTS', KEYS[1]) == 0
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if is_new then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1

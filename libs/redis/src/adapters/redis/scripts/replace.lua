-- Replaces a value, if it is still the one that was read.
-- KEYS[1]  the key of a string
-- ARGV[1]  the bytes that were read
-- ARGV[2]  the bytes to put in their place
-- ARGV[3]  the new time to live in milliseconds; empty keeps the one there is
-- reply    1 if it was replaced, 0 if something else is there now
-- errors   WRONGTYPE
-- cost     O(length of the value)
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1

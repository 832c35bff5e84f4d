-- Adds to a counter. Fails without a change if the result would not be an exact number any more. A new counter may get a time to live;
-- an existing counter keeps its own.
-- KEYS[1]  the counter
-- ARGV[1]  what to add, a whole number
-- ARGV[2]  the largest count, either way
-- ARGV[3]  the time to live of a new counter in milliseconds; empty: it never expires
-- reply    the new count as decimal text; or the error LIMIT if it would exceed ARGV[2]
-- errors   WRONGTYPE, 'ERR value is not an integer or out of range'
-- cost     O(1)
local before = redis.call('GET', KEYS[1])
local after = (tonumber(before or '0') or 0) + tonumber(ARGV[1])
if math.abs(after) > tonumber(ARGV[2]) and (not before or string.match(before, '^-?%d+$')) then
  return redis.error_reply('LIMIT the count would go beyond the exact integers')
end
redis.call('INCRBY', KEYS[1], ARGV[1])
if not before and ARGV[3] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return redis.call('GET', KEYS[1])

-- Records that everything that the flushes up to a floor invalidated is removed, unless a newer flush has begun.
-- KEYS[1]  the table
-- ARGV[1]  the floor of the flush
-- reply    1, or 0 without a change if the floor is newer
-- errors   WRONGTYPE
-- cost     O(1)
local floor, rest = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) %-?%d+( .*)$')
if not floor or tonumber(floor) > tonumber(ARGV[1]) then return 0 end
-- After DEL, SET passes even if the memory limit is reached.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], floor .. ' ' .. floor .. rest)
return 1

-- Ends a lock that the token holds, and remembers its fencing number.
-- KEYS[1]  the lock
-- ARGV[1]  the token
-- ARGV[2]  how long the fencing number is remembered, in milliseconds
-- reply    1, or 0 if the lock expired or another token holds it
-- errors   WRONGTYPE
-- cost     O(1)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence, holder, until_ms = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%S+) (%d+)$')
if holder ~= ARGV[1] then return 0 end
-- After DEL, SET passes even if the memory limit is reached.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], fence .. ' - 0', 'PX', ARGV[2])
return tonumber(until_ms) > now and 1 or 0

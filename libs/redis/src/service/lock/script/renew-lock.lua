-- Extends a lock that the token holds.
-- KEYS[1]  the lock
-- ARGV[1]  the token
-- ARGV[2]  how long the lock is held without a further renewal, in milliseconds
-- ARGV[3]  how long the fencing number is remembered afterwards, in milliseconds
-- reply    1, or 0 without a change if the lock expired or another token holds it
-- errors   WRONGTYPE
-- cost     O(1)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence, holder, until_ms = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%S+) (%d+)$')
if holder ~= ARGV[1] or tonumber(until_ms) <= now then return 0 end
-- After DEL, SET passes even if the memory limit is reached.
redis.call('DEL', KEYS[1])
local lock = string.format('%s %s %.0f', fence, holder, now + ARGV[2])
redis.call('SET', KEYS[1], lock, 'PX', string.format('%.0f', ARGV[2] + ARGV[3]))
return 1

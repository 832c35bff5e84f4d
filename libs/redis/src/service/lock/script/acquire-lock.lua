-- Takes a lock if it is free. A run with the token of the holder extends it: its first reply was lost.
-- KEYS[1]  the lock, '<fence> <token> <until>': the time until which it is held, in Unix milliseconds; released with the token '-'
-- ARGV[1]  the token
-- ARGV[2]  how long the lock is held without a renewal, in milliseconds
-- ARGV[3]  how long the fencing number is remembered afterwards, in milliseconds
-- reply    1 and the fencing number; 0 and the milliseconds until the lock expires if another token holds it
-- errors   WRONGTYPE
-- cost     O(1)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence, holder, until_ms = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%S+) (%d+)$')
local is_held = holder and tonumber(until_ms) > now
if is_held and holder ~= ARGV[1] then return { 0, until_ms - now } end
-- At least the time, so that it grows even if the key is lost.
if not is_held then fence = math.max(now, (fence or 0) + 1) end
-- After DEL, SET passes even if the memory limit is reached.
redis.call('DEL', KEYS[1])
local lock = string.format('%.0f %s %.0f', fence, ARGV[1], now + ARGV[2])
redis.call('SET', KEYS[1], lock, 'PX', string.format('%.0f', ARGV[2] + ARGV[3]))
return { 1, tonumber(fence) }

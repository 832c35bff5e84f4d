-- Reads where a cleanup continues, or replaces it, unless a later holder of the lock has written it.
-- KEYS[1]  the progress, '<fence> <text>'
-- ARGV[1]  the fencing number of the lock
-- ARGV[2]  the text; empty to read
-- ARGV[3]  the time to live in milliseconds
-- reply    the text that is stored then; empty if there is none
-- errors   WRONGTYPE
-- cost     O(length of the text)
local fence, text = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (.*)$')
if ARGV[2] == '' or fence and tonumber(fence) > tonumber(ARGV[1]) then return text or '' end
-- After DEL, SET passes even if the memory limit is reached.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return ARGV[2]

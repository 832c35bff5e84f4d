local before = redis.call('GET', KEYS[1])
local after = (tonumber(before or '0') or 0) + tonumber(ARGV[1])
if math.abs(after) > tonumber(ARGV[2]) and (not before or string.match(before, '^-?%d+$')) then
  return redis.error_reply('LIMIT the count would go beyond the exact integers')
end
redis.call('INCRBY', KEYS[1], ARGV[1])
if not before and ARGV[3] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end

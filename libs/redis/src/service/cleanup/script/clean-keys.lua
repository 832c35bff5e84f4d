-- Removes keys, or lets them expire, if what was seen of them still holds.
-- KEYS     the keys
-- ARGV[1]  1 if nothing is changed
-- ARGV[2]  and further, for each key:
--          'h<header>' remove it if its value begins with this header
--          'd<seconds>' remove it if it never expires and was not used for this time
--          'i' remove it if it never expires; 'l' if it also is a lock without a holder
--          'x<ms>' let it expire after this time if it never expires
-- reply    for each key its bytes, or -1 if the condition does not hold any more
-- cost     O(number of keys)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function holds(key, kind, rest)
  if kind == 'h' then return redis.pcall('GETRANGE', key, 0, #rest - 1) == rest end
  if redis.call('PTTL', key) ~= -1 then return false end
  if kind == 'd' then
    -- An error with an LFU policy: nothing is known about the last use.
    local idle = redis.pcall('OBJECT', 'IDLETIME', key)
    return type(idle) == 'number' and idle >= tonumber(rest)
  end
  if kind == 'l' then
    local lock = redis.pcall('GET', key)
    local until_ms = type(lock) == 'string' and string.match(lock, '^%d+ %S+ (%d+)$')
    return not until_ms or tonumber(until_ms) <= now
  end
  return true
end

local replies = {}
for i, key in ipairs(KEYS) do
  local kind, rest = string.sub(ARGV[i + 1], 1, 1), string.sub(ARGV[i + 1], 2)
  if not holds(key, kind, rest) then
    replies[i] = -1
  else
    local usage = redis.pcall('MEMORY', 'USAGE', key)
    replies[i] = type(usage) == 'number' and usage or 0
    if ARGV[1] ~= '1' then
      if kind == 'x' then redis.call('PEXPIRE', key, rest) else redis.call('UNLINK', key) end
    end
  end
end
return replies

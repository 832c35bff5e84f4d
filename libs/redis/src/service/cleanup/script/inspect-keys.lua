-- Returns what is known about keys.
-- KEYS     the keys
-- ARGV[1]  1 if the headers of entries are returned, 2 if only those of keys that expire; 0 otherwise
-- ARGV[2]  1 if the sizes of keys are returned
-- reply    the server time in milliseconds; for each key its PTTL, the beginning of its string value or '', its bytes or 0
-- cost     O(number of keys)
local time = redis.call('TIME')
local replies = { time[1] * 1000 + math.floor(time[2] / 1000) }
for i, key in ipairs(KEYS) do
  local pttl, head, bytes = redis.call('PTTL', key), '', 0
  if ARGV[2] == '1' then
    -- Reads no value and leaves the time of the last use. A server may refuse it to this user.
    local usage = redis.pcall('MEMORY', 'USAGE', key)
    if type(usage) == 'number' then bytes = usage end
  end
  if ARGV[1] == '1' or ARGV[1] == '2' and pttl >= 0 then
    -- The longest header of an envelope, see docs/envelope.md. An error if the key holds another type.
    local value = redis.pcall('GETRANGE', key, 0, 262)
    if type(value) == 'string' then head = value end
  end
  replies[3 * i - 1], replies[3 * i], replies[3 * i + 1] = pttl, head, bytes
end
return replies

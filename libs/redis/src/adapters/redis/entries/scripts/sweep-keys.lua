-- Removes what a flush invalidated: entries with an older clock, and everything that has no clock.
-- KEYS     the keys
-- ARGV[1]  the floor of the flush
-- ARGV[2]  1 if counters and hashes stay
-- reply    how many were removed
-- cost     O(number of keys)
local function is_data(head)
  return type(head) == 'table' or (#head <= 17 and string.find(head, '^%-?%d+$'))
end

local function clock_of(head)
  if type(head) == 'table' or string.sub(head, 1, 3) ~= '\193R\1' then return nil end
  local at, stop = 9, math.min(8 + (string.byte(head, 8) or 0), #head)
  while at + 7 <= stop do
    local kind, length = string.byte(head, at, at + 1)
    if kind == 6 and length == 6 then
      local clock = 0
      for i = at + 2, at + 7 do clock = clock * 256 + string.byte(head, i) end
      return clock
    end
    at = at + 2 + length
  end
  return nil
end

local removed = 0
for _, key in ipairs(KEYS) do
  -- The longest header of an envelope, see docs/envelope.md. An error if the key holds another type.
  local head = redis.pcall('GETRANGE', key, 0, 262)
  if ARGV[2] ~= '1' or not is_data(head) then
    local clock = clock_of(head)
    if not clock or clock < tonumber(ARGV[1]) then removed = removed + redis.call('UNLINK', key) end
  end
end
return removed

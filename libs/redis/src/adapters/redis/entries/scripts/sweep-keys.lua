-- Removes what a flush invalidated: entries with an older clock, and everything that has no clock.
-- KEYS     the keys
-- ARGV[1]  the floor of the flush
-- reply    how many were removed
-- cost     O(number of keys)
local function clock_of(key)
  -- The longest header of an envelope, see docs/envelope.md.
  local head = redis.pcall('GETRANGE', key, 0, 262)
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
  local clock = clock_of(key)
  if not clock or clock < tonumber(ARGV[1]) then removed = removed + redis.call('UNLINK', key) end
end
return removed

local count = math.floor(#KEYS / 2)
local records, tables, clock = {}, {}, 0
for i = 1, count do
  local numbers = {}
  records[i] = redis.call('GET', KEYS[i])
  for number in string.gmatch(records[i] or '', '%-?%d+') do
    -- Larger numbers are not exact.
    if tonumber(number) < 2 ^ 53 then
      numbers[#numbers + 1] = tonumber(number)
      clock = math.max(clock, numbers[#numbers])
    end
  end
  tables[i] = #numbers >= 3 and numbers
end
--@include now.part.lua

local function issue(seen)
  clock = math.max(clock + 1, now, seen + 1)
  return clock
end

local function save()
  local texts = {}
  for i, t in ipairs(tables) do
    texts[i] = string.format(i == 1 and '%.0f %.0f %.0f %.0f' or '%.0f %.0f %.0f', t[1], t[2], t[3], clock)
    if texts[i] ~= records[i] then
      -- After DEL, SET passes even if the memory limit is reached.
      redis.call('DEL', KEYS[i])
      redis.call('SET', KEYS[i], texts[i])
    end
  end
  return texts
end

for i = 1, count do
  if not tables[i] then
    local version = issue(0)
    tables[i] = { version, version, version }
    redis.call('DEL', KEYS[count + i])
  end
end

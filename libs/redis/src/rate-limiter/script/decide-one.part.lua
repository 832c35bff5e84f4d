-- Fastest path of decide.lua: one consume call for one key under one GCRA policy.
-- KEYS, ARGV, reply and state are those of decide.lua. Expects `now`; returns the reply.
local _, _, name, _, shadow, block, capacity, tokenCost, leakPerTick, tick, _, _, _, _, _, times, amount =
  unpack('>HHBc0BBdddddBHHBHHd', ARGV[2])
local state = redis.call('GET', KEYS[1])
local otherRecords, last, level, blocked, moment, changed = '', now, 0, 0, now, false
if tick > 1 then moment = now - fmod(now, tick) end

if state and byte(state) == 1 then
  local pos, size = 2, #state
  while pos <= size do
    -- A truncated state starts empty, like a state of another version.
    if pos + byte(state, pos) + 27 > size then break end
    local recordName, kind, written, stop, blockedUntil, bytes, body = unpack('>Bc0BdddH', state, pos)
    if body + bytes - 1 > size then break end
    if recordName == name then
      blocked = blockedUntil
      if kind == 1 and bytes == 16 then
        local stored
        stored, level = unpack('>dd', state, body)
        if stored ~= capacity then level = ceil(level * capacity / stored) end -- the same share of another limit
      end
      if written > now then -- the clock of the writer was ahead of this one
        blocked, changed = blocked - (written - now), true
      elseif written < moment then
        level = level - (moment - written) / tick * leakPerTick
        if level < 0 then level = 0 end
      end
    elseif stop > now then
      otherRecords = otherRecords .. sub(state, pos, body + bytes - 1)
      if stop > last then last = stop end
    end
    pos = body + bytes
  end
end

local required, room, sinceTick = amount, 0, now - moment
if required < 1 then required = 1 end
if blocked <= now and level < capacity then
  room = floor(floor((capacity - level) / tokenCost) / required)
  if room > times or (amount == 0 and room > 0) then room = times end -- a cost of 0 leaves its room to the next repetition
end
if room > 0 and amount > 0 then
  level, changed = level + room * amount * tokenCost, true
end

local free, wait, reset = floor((capacity - level) / tokenCost), -1, 0
if free < required then
  local units = required * tokenCost
  wait = -2
  if units <= capacity then wait = ceil((level + units - capacity) / leakPerTick) * tick - sinceTick end
end
if block > 0 and amount > 0 and room < times and wait >= 0 and blocked <= now then
  blocked, changed = now + block, true
end
if level > 0 then reset = ceil(level / leakPerTick) * tick - sinceTick end

if changed then
  local stop, record = now + reset, ''
  if blocked > stop then stop = blocked end
  if stop > now then
    record = pack('>Bc0BdddHdd', #name, name, 1, moment, stop, blocked, 16, capacity, level)
    if stop > last then last = stop end
  end
  if last > now then
    redis.call('SET', KEYS[1], '\1' .. record .. otherRecords, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
  else
    redis.call('DEL', KEYS[1])
  end
end

if free < 0 then free = 0 end
if blocked > now then
  free = 0
  if blocked - now > reset then reset = blocked - now end
  if wait ~= -2 and blocked - now > wait then wait = blocked - now end
end
return pack('>BdHBdddd', 0, now, shadow == 1 and times or room, 1, room, free, reset, wait)

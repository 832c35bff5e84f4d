-- What decide.lua does, in least time, where there is one key with one call that spends under one policy of GCRA.
-- Its KEYS, ARGV and reply are those of decide.lua, which has read the time: `now`.
local _, _, name, _, shadow, block, full, unit, rate, tick, _, _, _, _, _, times, amount =
  unpack('>HHBc0BBdddddBHHBHHd', ARGV[2])
local state = redis.call('GET', KEYS[1])
local others, last, level, blocked, moment, changed = '', now, 0, 0, now, false
if tick > 1 then moment = now - fmod(now, tick) end

if state and byte(state) == 1 then
  local pos, size = 2, #state
  while pos <= size do
    -- What was cut off is begun anew, as what another version has written is.
    if pos + byte(state, pos) + 27 > size then break end
    local found, kind, written, stop, refusing, bytes, body = unpack('>Bc0BdddH', state, pos)
    if body + bytes - 1 > size then break end
    if found == name then
      blocked = refusing
      if kind == 1 and bytes == 16 then
        local stored
        stored, level = unpack('>dd', state, body)
        if stored ~= full then level = ceil(level * full / stored) end -- the same share of another limit
      end
      if written > now then -- by a clock that was ahead of this one
        blocked, changed = blocked - (written - now), true
      elseif written < moment then
        level = level - (moment - written) / tick * rate
        if level < 0 then level = 0 end
      end
    elseif stop > now then
      others = others .. sub(state, pos, body + bytes - 1)
      if stop > last then last = stop end
    end
    pos = body + bytes
  end
end

local asked, room, past = amount, 0, now - moment
if asked < 1 then asked = 1 end
if blocked <= now and level < full then
  room = floor(floor((full - level) / unit) / asked)
  if room > times or (amount == 0 and room > 0) then room = times end -- who only looks leaves the room to the next
end
if room > 0 and amount > 0 then
  level, changed = level + room * amount * unit, true
end

local free, wait, reset = floor((full - level) / unit), -1, 0
if free < asked then
  wait = -2
  if asked * unit <= full then wait = ceil((level + asked * unit - full) / rate) * tick - past end
end
if block > 0 and amount > 0 and room < times and wait >= 0 and blocked <= now then
  blocked, changed = now + block, true
end
if level > 0 then reset = ceil(level / rate) * tick - past end

if changed then
  local stop, record = now + reset, ''
  if blocked > stop then stop = blocked end
  if stop > now then
    record = pack('>Bc0BdddHdd', #name, name, 1, moment, stop, blocked, 16, full, level)
    if stop > last then last = stop end
  end
  if last > now then
    redis.call('SET', KEYS[1], '\1' .. record .. others, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
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

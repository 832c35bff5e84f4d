-- What decide.lua does, in less time, where each key has one call that spends under policies of GCRA alone.
-- Its KEYS, ARGV and reply are those of decide.lua, which has read the time: `now`.
local request, policies, plans = ARGV[2], {}, {}
local policyCount, planCount, at = unpack('>HH', request, 1)
for i = 1, policyCount do
  local name, _, shadow, block, full, unit, rate, tick, next = unpack('>Bc0BBddddd', request, at)
  local p = {
    name = name, shadow = shadow, block = block, full = full, unit = unit, rate = rate, tick = tick, moment = now,
    key = 0, time = 0, blocked = 0, stored = 0, level = 0, room = 0, cost = 0, asked = 0, -- of the current key
  }
  if tick > 1 then p.moment = now - fmod(now, tick) end
  policies[i], at = p, next
end

--@include plans.part.lua
local replies, size = { pack('>Bd', 0, now) }, 1

for k = 1, #KEYS do
  local _, _, index, times, amount, _, next = unpack('>HBHHdd', request, at)
  local plan, state, others, last, changed = plans[index + 1], states[k], '', now, false

  if state and sub(state, 1, 1) == '\1' then
    local pos, length = 2, #state
    while pos <= length do
      -- What was cut off is begun anew, as what another version has written is.
      if pos + byte(state, pos) + 27 > length then break end
      local name, kind, written, stop, blocked, bytes, body = unpack('>Bc0BdddH', state, pos)
      if body + bytes - 1 > length then break end
      local p
      for j = 1, #plan do
        if plan[j].name == name then p = plan[j] end
      end
      if p then
        p.key, p.time, p.blocked, p.stored, p.level = k, written, blocked, p.full, 0
        if kind == 1 and bytes == 16 then p.stored, p.level = unpack('>dd', state, body) end
      elseif stop > now then
        others, last = others .. sub(state, pos, body + bytes - 1), max(last, stop)
      end
      pos = body + bytes
    end
  end

  local admitted = times
  for j = 1, #plan do
    local p = plan[j]
    local cost, level = amount, 0
    if amount < 0 then cost, next = unpack('>d', request, next) end -- the cost of each policy follows
    local asked = cost
    if asked < 1 then asked = 1 end
    p.cost, p.asked = cost, asked
    if p.key == k then
      level = p.level
      if p.stored ~= p.full then level = ceil(level * p.full / p.stored) end -- the same share of another limit
      if p.time > now then -- written by a clock that was ahead of this one
        p.blocked, changed = p.blocked - (p.time - now), true
      elseif p.time < p.moment then
        level = max(0, level - (p.moment - p.time) / p.tick * p.rate)
      end
    else
      p.blocked = 0
    end
    p.level = level
    local room = 0
    if p.blocked <= now and level < p.full then room = min(times, floor(floor((p.full - level) / p.unit) / asked)) end
    if cost == 0 and room > 0 then room = times end -- who only looks leaves the room to the next
    p.room = room
    if p.shadow == 0 and room < admitted then admitted = room end
  end

  at = next

  local records = ''
  size = size + 1
  replies[size] = pack('>HB', admitted, #plan)
  for j = 1, #plan do
    local p = plan[j]
    local counted, past, cost, asked = p.room, now - p.moment, p.cost, p.asked
    if counted > admitted then counted = admitted end
    if counted > 0 and cost > 0 then
      p.level, changed = min(p.level + counted * cost * p.unit, 2 * p.full), true
    end
    local free = floor((p.full - p.level) / p.unit)
    local wait = -1
    if free < asked then
      wait = -2
      if asked * p.unit <= p.full then wait = ceil((p.level + asked * p.unit - p.full) / p.rate) * p.tick - past end
    end
    if p.block > 0 and cost > 0 and wait >= 0 and p.blocked <= now and (admitted < times or p.room < times) then
      p.blocked, changed = now + p.block, true
    end
    local reset = 0
    if p.level > 0 then reset = ceil(p.level / p.rate) * p.tick - past end
    local stop = now + reset
    if p.blocked > stop then stop = p.blocked end
    if stop > now then
      records = records .. pack('>Bc0BdddHdd', #p.name, p.name, 1, p.moment, stop, p.blocked, 16, p.full, p.level)
      if stop > last then last = stop end
    end
    if p.blocked > now then
      free, reset = 0, max(reset, p.blocked - now)
      if wait ~= -2 then wait = max(wait, p.blocked - now) end
    end
    if free < 0 then free = 0 end
    size = size + 1
    replies[size] = pack('>dddd', counted, free, reset, wait)
  end

  if changed then
    if records == '' and others == '' then
      redis.call('DEL', KEYS[k])
    else
      redis.call('SET', KEYS[k], '\1' .. records .. others, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
    end
  end
end

return concat(replies)

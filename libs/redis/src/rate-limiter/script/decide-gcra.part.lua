-- Fast path of decide.lua: one consume call per key, under GCRA policies only.
-- KEYS, ARGV, reply and state are those of decide.lua. Expects `now` and `states`; returns the reply.
local request, policies, plans = ARGV[2], {}, {}
local policyCount, planCount, at = unpack('>HH', request, 1)
for i = 1, policyCount do
  local name, _, shadow, block, capacity, tokenCost, leakPerTick, tick, next = unpack('>Bc0BBddddd', request, at)
  local p = {
    name = name, shadow = shadow, block = block, moment = now,
    capacity = capacity, tokenCost = tokenCost, leakPerTick = leakPerTick, tick = tick,
    -- state for the current key; `stored` is the capacity that `level` was written with
    key = 0, time = 0, blocked = 0, stored = 0, level = 0, room = 0, cost = 0, required = 0,
  }
  if tick > 1 then p.moment = now - fmod(now, tick) end
  policies[i], at = p, next
end

--@include plans.part.lua
local replies, size = { pack('>Bd', 0, now) }, 1

for k = 1, #KEYS do
  local _, _, index, times, amount, _, next = unpack('>HBHHdd', request, at)
  local plan, state, otherRecords, last, changed = plans[index + 1], states[k], '', now, false

  if state and sub(state, 1, 1) == '\1' then
    local pos, length = 2, #state
    while pos <= length do
      -- A truncated state starts empty, like a state of another version.
      if pos + byte(state, pos) + 27 > length then break end
      local name, kind, written, stop, blocked, bytes, body = unpack('>Bc0BdddH', state, pos)
      if body + bytes - 1 > length then break end
      local p
      for j = 1, #plan do
        if plan[j].name == name then p = plan[j] end
      end
      if p then
        p.key, p.time, p.blocked, p.stored, p.level = k, written, blocked, p.capacity, 0
        if kind == 1 and bytes == 16 then p.stored, p.level = unpack('>dd', state, body) end
      elseif stop > now then
        otherRecords, last = otherRecords .. sub(state, pos, body + bytes - 1), max(last, stop)
      end
      pos = body + bytes
    end
  end

  local admitted = times
  for j = 1, #plan do
    local p = plan[j]
    local cost, level = amount, 0
    if amount < 0 then cost, next = unpack('>d', request, next) end -- one cost per policy follows
    local required = cost
    if required < 1 then required = 1 end
    p.cost, p.required = cost, required
    if p.key == k then
      level = p.level
      if p.stored ~= p.capacity then level = ceil(level * p.capacity / p.stored) end -- the same share of another limit
      if p.time > now then -- the clock of the writer was ahead of this one
        p.blocked, changed = p.blocked - (p.time - now), true
      elseif p.time < p.moment then
        level = max(0, level - (p.moment - p.time) / p.tick * p.leakPerTick)
      end
    else
      p.blocked = 0
    end
    p.level = level
    local room = 0
    if p.blocked <= now and level < p.capacity then
      room = min(times, floor(floor((p.capacity - level) / p.tokenCost) / required))
    end
    if cost == 0 and room > 0 then room = times end -- a cost of 0 leaves its room to the next repetition
    p.room = room
    if p.shadow == 0 and room < admitted then admitted = room end
  end

  at = next

  local records = ''
  size = size + 1
  replies[size] = pack('>HB', admitted, #plan)
  for j = 1, #plan do
    local p = plan[j]
    local counted, sinceTick, cost, required = p.room, now - p.moment, p.cost, p.required
    if counted > admitted then counted = admitted end
    if counted > 0 and cost > 0 then
      p.level, changed = min(p.level + counted * cost * p.tokenCost, 2 * p.capacity), true
    end
    local free = floor((p.capacity - p.level) / p.tokenCost)
    local wait = -1
    if free < required then
      local units = required * p.tokenCost
      wait = -2
      if units <= p.capacity then
        wait = ceil((p.level + units - p.capacity) / p.leakPerTick) * p.tick - sinceTick
      end
    end
    if p.block > 0 and cost > 0 and wait >= 0 and p.blocked <= now and (admitted < times or p.room < times) then
      p.blocked, changed = now + p.block, true
    end
    local reset = 0
    if p.level > 0 then reset = ceil(p.level / p.leakPerTick) * p.tick - sinceTick end
    local stop = now + reset
    if p.blocked > stop then stop = p.blocked end
    if stop > now then
      records = records
        .. pack('>Bc0BdddHdd', #p.name, p.name, 1, p.moment, stop, p.blocked, 16, p.capacity, p.level)
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
    if records == '' and otherRecords == '' then
      redis.call('DEL', KEYS[k])
    else
      redis.call('SET', KEYS[k], '\1' .. records .. otherRecords, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
    end
  end
end

return concat(replies)

// Made of decide.lua by scripts/embed-lua.mjs; change that file, not this one.
export const DECIDE_LUA = `-- Decides calls on rate limits: for each key its calls in order, all of it at one moment of the server's clock.
-- KEYS     one per subject; all on one node, and in a cluster in one slot
-- ARGV[1]  not-after: the last microsecond (Unix time) at which this may change anything
-- ARGV[2]  the request, big-endian: policies, plans, and for each key its calls (decide.request.ts writes it)
-- ARGV[3]  what is asked: 'one' call for one key that spends under one policy of GCRA, such calls for several keys or under several
--          policies ('gcra'), or 'any'; the shorter ways have the same results
-- reply    status (1 byte: 0 decided, 1 late, 2 the calendar has gone on), the server's microseconds (double), and for each call how
--          many of its repetitions were admitted (2 bytes), how many policies its plan has (1 byte), and for each of them four
--          doubles: how many it counted, tokens left, microseconds until all is back, microseconds until one more has room
--          (-1: it has, -2: never)
-- state    one string per key: a version byte, then a record per policy: name, kind, time of the last change, end, blocked until, body
-- errors   WRONGTYPE
-- cost     O(records of the keys + calls); a call that changes nothing writes nothing
local spread, unpack, pack, concat = unpack, struct.unpack, struct.pack, table.concat
local sub, byte, format = string.sub, string.byte, string.format
local floor, ceil, max, min, fmod = math.floor, math.ceil, math.max, math.min, math.fmod

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if now > tonumber(ARGV[1]) then return pack('>Bd', 1, now) end

-- Most calls need little of what follows.
if ARGV[3] == 'one' then
-- What decide.lua does, in least time, where there is one key with one call that spends under one policy of GCRA.
-- Its KEYS, ARGV and reply are those of decide.lua, which has read the time: \`now\`.
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
    redis.call('SET', KEYS[1], '\\1' .. record .. others, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
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
end

-- All are read before any is written: where one holds something else this fails, and has changed nothing.
local states
if #KEYS == 1 then
  states = { redis.call('GET', KEYS[1]) }
else
  states = redis.call('MGET', spread(KEYS))
  -- MGET has nothing also where something else than a string is; GET says so.
  local missing = {}
  for k = 1, #KEYS do
    if not states[k] then missing[#missing + 1] = KEYS[k] end
  end
  if #missing > 0 and redis.call('EXISTS', spread(missing)) > 0 then
    for i = 1, #missing do redis.call('GET', missing[i]) end
  end
end

if ARGV[3] == 'gcra' then
-- What decide.lua does, in less time, where each key has one call that spends under policies of GCRA alone.
-- Its KEYS, ARGV and reply are those of decide.lua, which has read the time: \`now\`.
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

-- The plans of a request: lists of its policies. What reads it has read the policies.
for i = 1, planCount do
  local plan, size, index = {}, 0, 0
  size, at = unpack('B', request, at)
  for j = 1, size do
    index, at = unpack('>H', request, at)
    plan[j] = policies[index + 1]
  end
  plans[i] = plan
end
local replies, size = { pack('>Bd', 0, now) }, 1

for k = 1, #KEYS do
  local _, _, index, times, amount, _, next = unpack('>HBHHdd', request, at)
  local plan, state, others, last, changed = plans[index + 1], states[k], '', now, false

  if state and sub(state, 1, 1) == '\\1' then
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
      redis.call('SET', KEYS[k], '\\1' .. records .. others, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
    end
  end
end

return concat(replies)
end

local GCRA, SLIDING, FIXED, CONCURRENCY = 1, 2, 3, 4
local CONSUME, PENALTY, REFUND, BLOCK, UNBLOCK, RESET, RENEW, RELEASE, PEEK = 0, 1, 2, 3, 4, 5, 6, 7, 8
local HAS_ROOM, NEVER = -1, -2
local VERSION = '\\1'
local HEAD = '>Bc0BdddH' -- of a record, the body's length last
local HEAD_AND_TWO = HEAD .. 'dd'
local HEAD_BYTES = 28 -- without the name

local request, policyCount, planCount, at = ARGV[2], unpack('>HH', ARGV[2], 1)
local policies, plans = {}, {}
-- By name, what the current key has of that policy; made once, and used for one key after the other.
local slots = {}

for i = 1, policyCount do
  local p = { name = '', kind = 0, shadow = 0, block = 0, a = 0, b = 0, c = 0, d = 0, slot = false, algorithm = false }
  p.name, p.kind, p.shadow, p.block, p.a, p.b, p.c, p.d, at = unpack('>Bc0BBddddd', request, at)
  if p.kind == FIXED then
    if p.c == 0 then -- a window that begins with the epoch: its length is known
      p.c = p.b
      p.b = now - fmod(now, p.c)
      p.c = p.b + p.c
    elseif now >= p.c then -- the next one of the calendar
      p.b, p.c = p.c, p.d
    end
    if now < p.b or now >= p.c then return pack('>Bd', 2, now) end
  end
  local slot = slots[p.name]
  if not slot then
    slot = {
      name = p.name, policy = false, isHere = false, kind = 0, time = 0, stop = 0, blocked = 0, source = false, at = 0,
      size = 0, from = 0, moment = 0, level = 0, sum = 0, index = 0, counts = false, holders = false, ends = false,
    }
    slots[p.name] = slot
  end
  p.slot = slot
  policies[i] = p
end

-- The plans of a request: lists of its policies. What reads it has read the policies.
for i = 1, planCount do
  local plan, size, index = {}, 0, 0
  size, at = unpack('B', request, at)
  for j = 1, size do
    index, at = unpack('>H', request, at)
    plan[j] = policies[index + 1]
  end
  plans[i] = plan
end

-- The algorithms of decide.lua, which has read the time and the request.

-- What was counted under another limit counts for the same share of this one.
local function rescaled(count, from, to)
  if from == to then return count end
  return ceil(count * to / from)
end

-- Each algorithm: \`read\` brings what is stored to now (from \`before\`, of a clock that was \`ahead\`), \`free\` is how many tokens are left,
-- \`add\` counts some (fewer than none: gives back), \`wait\` is how long until so many are free that are not now, \`reset\` until all are,
-- \`body\` what is stored.
local algorithms = {}

-- A bucket that leaks: \`level\` in units of which a token is p.b, leaking p.c each tick of p.d microseconds; p.a is full.
algorithms[GCRA] = {
  read = function(s, p, before)
    local moment, level = now, 0
    if p.d > 1 then moment = now - fmod(now, p.d) end
    if s.source then
      local full
      full, level = unpack('>dd', s.source, s.at)
      if full ~= p.a then level = rescaled(level, full, p.a) end
      if before < moment then level = max(0, level - (moment - before) / p.d * p.c) end
    end
    s.level, s.moment = level, moment
  end,
  free = function(s, p) return floor((p.a - s.level) / p.b) end,
  add = function(s, p, tokens) s.level = min(max(0, s.level + tokens * p.b), 2 * p.a) end,
  wait = function(s, p, tokens)
    if tokens * p.b > p.a then return NEVER end
    return ceil((s.level + tokens * p.b - p.a) / p.c) * p.d - (now - s.moment)
  end,
  reset = function(s, p)
    if s.level == 0 then return 0 end
    return ceil(s.level / p.c) * p.d - (now - s.moment)
  end,
  body = function(s, p) return pack('>dd', p.a, s.level) end,
}

-- Counts of sixteenths of the window, the newest first; p.a is the limit, p.b the window in milliseconds.
local BUCKETS = 17 -- sixteenths of a window that it can touch
local COUNTS = '>ddd' .. string.rep('I4', BUCKETS)

local function sixteenth(p, moment) return floor(floor(moment / 1000) * 16 / p.b) end

local function leaves(s, p, i) -- in how long the i-th count is of no window any more
  return ceil((s.index - i + 1 + BUCKETS) * p.b / 16) * 1000 - now
end

algorithms[SLIDING] = {
  read = function(s, p, before)
    local index = sixteenth(p, now)
    local counts, sum = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 0
    if s.source then
      local stored = { unpack(COUNTS, s.source, s.at) }
      local isSame = stored[2] == p.b
      local moved, counted = max(0, index - (isSame and stored[3] or sixteenth(p, before))), 0
      for i = BUCKETS, 1, -1 do -- from the oldest, so that rounding errs by one in all
        local to = moved + (isSame and i or 1) -- under another window all counts from the last change on
        if to <= BUCKETS then
          counted = counted + stored[3 + i]
          local after = rescaled(counted, stored[1], p.a)
          counts[to] = counts[to] + after - sum
          sum = after
        end
      end
    end
    s.index, s.counts, s.sum = index, counts, sum
  end,
  free = function(s, p) return p.a - s.sum end,
  add = function(s, p, tokens)
    local counts = s.counts
    if tokens > 0 then
      tokens = min(tokens, 2 * p.a - s.sum)
      counts[1], s.sum = counts[1] + tokens, s.sum + tokens
      return
    end
    for i = 1, BUCKETS do
      local back = min(counts[i], -tokens)
      counts[i], s.sum, tokens = counts[i] - back, s.sum - back, tokens + back
    end
  end,
  wait = function(s, p, tokens)
    if tokens > p.a then return NEVER end
    local missing = s.sum + tokens - p.a
    for i = BUCKETS, 1, -1 do
      missing = missing - s.counts[i]
      if missing <= 0 then return leaves(s, p, i) end
    end
  end,
  reset = function(s, p)
    for i = 1, BUCKETS do
      if s.counts[i] > 0 then return leaves(s, p, i) end
    end
    return 0
  end,
  body = function(s, p) return pack(COUNTS, p.a, p.b, s.index, spread(s.counts)) end,
}

-- One count, \`sum\`, from p.b to p.c; p.a is the limit.
algorithms[FIXED] = {
  read = function(s, p, before)
    s.sum = 0
    if not s.source or before < p.b then return end -- last changed in another window
    local limit, count = unpack('>dd', s.source, s.at)
    s.sum = rescaled(count, limit, p.a)
  end,
  free = function(s, p) return p.a - s.sum end,
  add = function(s, p, tokens) s.sum = min(max(0, s.sum + tokens), 2 * p.a) end,
  wait = function(_, p, tokens)
    if tokens > p.a then return NEVER end
    return p.c - now
  end,
  reset = function(s, p) return s.sum > 0 and p.c - now or 0 end,
  body = function(s, p) return pack('>dd', p.a, s.sum) end,
}

-- Who is at it, by number, and until when that counts; p.a is the limit, p.b how long a place is held without word of its holder.
local function placeOf(s, holder)
  for i = 1, #s.holders do
    if s.holders[i] == holder then return i end
  end
end

algorithms[CONCURRENCY] = {
  read = function(s, p, _, ahead)
    local holders, ends = {}, {}
    if s.source then
      for i = s.at, s.at + s.size - 1, 16 do
        local holder, stop = unpack('>dd', s.source, i)
        stop = min(stop - ahead, now + p.b)
        if stop > now then
          holders[#holders + 1], ends[#ends + 1] = holder, stop
        end
      end
    end
    s.holders, s.ends = holders, ends
  end,
  free = function(s, p) return p.a - #s.holders end,
  add = function(s, p, tokens, holder) -- takes a place or holds it longer; fewer than none: leaves
    local i = placeOf(s, holder)
    if tokens > 0 then
      i = i or #s.holders + 1
      s.holders[i], s.ends[i] = holder, now + p.b
    elseif i then
      table.remove(s.holders, i)
      table.remove(s.ends, i)
    end
  end,
  wait = function(s, p)
    local sorted = { spread(s.ends) }
    table.sort(sorted)
    return sorted[#sorted - p.a + 1] - now
  end,
  reset = function(s)
    local last = now
    for i = 1, #s.ends do last = max(last, s.ends[i]) end
    return last - now
  end,
  body = function(s)
    local parts = {}
    for i = 1, #s.holders do parts[i] = pack('>dd', s.holders[i], s.ends[i]) end
    return concat(parts)
  end,
}
local SIZES = { [GCRA] = 16, [SLIDING] = 24 + 4 * BUCKETS, [FIXED] = 16 } -- of bodies
for i = 1, #policies do policies[i].algorithm = algorithms[policies[i].kind] end

-- The records of the current key: those of policies of this request, in the order they are stored, and others as they are.
local here, count, others, last, changed = {}, 0, {}, now, false

local function come(slot)
  if slot.isHere then return end
  count = count + 1
  here[count], slot.isHere = slot, true
end

local function readRecords(state)
  for i = 1, count do here[i].isHere = false end
  count, last, changed = 0, now, false
  if #others > 0 then others = {} end
  if not state or sub(state, 1, 1) ~= VERSION then return end
  local pos, size = 2, #state
  while pos <= size do
    -- What was cut off is begun anew, as what another version has written is.
    if pos + byte(state, pos) + HEAD_BYTES - 1 > size then return end
    local name, kind, written, stop, blocked, length, body = unpack(HEAD, state, pos)
    if body + length - 1 > size then return end
    local slot = slots[name]
    if slot then
      come(slot)
      slot.policy, slot.kind, slot.time, slot.stop, slot.blocked = false, kind, written, stop, blocked
      slot.source, slot.at, slot.size, slot.from = state, body, length, pos
    elseif stop > now then
      others[#others + 1], last = sub(state, pos, body + length - 1), max(last, stop)
    end
    pos = body + length
  end
end

-- What the current key has of a policy, as of now.
local function open(p)
  local s = p.slot
  if s.policy == p and s.isHere then return s end
  if not s.isHere then
    come(s)
    s.kind, s.time, s.blocked, s.source = p.kind, now, 0, false
  elseif s.policy then -- another policy of that name was asked in this call: what it left is read anew
    s.source, s.at, s.time = s.policy.algorithm.body(s, s.policy), 1, now
    s.size = #s.source
    if s.kind == GCRA then s.time = s.moment end
  end
  if s.kind ~= p.kind or (SIZES[p.kind] or s.size) ~= s.size then s.kind, s.source = p.kind, false end
  local ahead = s.time - now
  if ahead > 0 then -- written by a clock that was ahead of this one
    s.blocked, changed = s.blocked - ahead, true
    p.algorithm.read(s, p, now, ahead)
  else
    p.algorithm.read(s, p, s.time, 0)
  end
  s.policy = p
  return s
end

-- What is stored of a policy: its record brought to now, or as it was found where nobody asked for it.
local function recordOf(s)
  local p = s.policy
  if not p then
    if s.stop <= now then return end
    return sub(s.source, s.from, s.at + s.size - 1)
  end
  s.stop = max(s.blocked, now + p.algorithm.reset(s, p))
  if s.stop <= now then return end
  if s.kind == GCRA then
    return pack(HEAD_AND_TWO, #s.name, s.name, GCRA, s.moment, s.stop, s.blocked, 16, p.a, s.level)
  end
  local body = p.algorithm.body(s, p)
  return pack(HEAD, #s.name, s.name, s.kind, now, s.stop, s.blocked, #body) .. body
end

local function writeRecords(key)
  local state = VERSION
  for i = 1, count do
    local record = recordOf(here[i])
    if record then state, last = state .. record, max(last, here[i].stop) end
  end
  if #others > 0 then state = state .. concat(others) end
  if state == VERSION then return redis.call('DEL', key) end
  redis.call('SET', key, state, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
end

-- How long until there is room for so many.
local function waitOf(s, p, tokens)
  local wait = HAS_ROOM
  if p.algorithm.free(s, p) < tokens then wait = p.algorithm.wait(s, p, tokens) end
  if s.blocked > now and wait ~= NEVER then wait = max(wait, s.blocked - now) end
  return wait
end

local function roomFor(s, p, times, asked, holder)
  if s.blocked > now then return 0 end
  local free = max(0, p.algorithm.free(s, p))
  if p.kind ~= CONCURRENCY then return min(times, floor(free / asked)) end
  return placeOf(s, holder) and times or min(times, free)
end

-- Of the current call, for each policy of its plan: what it is charged, what is asked of it, and how many repetitions it has room for.
local costs, asks, rooms = {}, {}, {}

-- As many of the repetitions as all have room for that may refuse; those that may not count what they would have let through.
local function consume(plan, times, holder)
  local admitted = times
  for j = 1, #plan do
    local p = plan[j]
    rooms[j] = roomFor(open(p), p, times, asks[j], holder)
    if costs[j] == 0 and rooms[j] > 0 then rooms[j] = times end -- who only looks leaves the room to the next
    if p.shadow == 0 then admitted = min(admitted, rooms[j]) end
  end
  for j = 1, #plan do
    local p, cost = plan[j], costs[j]
    local s, counted = p.slot, min(rooms[j], admitted)
    if cost > 0 then
      if counted > 0 then
        p.algorithm.add(s, p, counted * cost, holder)
        changed = true
      end
      local mayBlock = p.block > 0 and s.blocked <= now and (admitted < times or rooms[j] < times)
      if mayBlock and waitOf(s, p, cost) >= 0 then s.blocked, changed = now + p.block, true end
    end
    rooms[j] = counted
  end
  return admitted
end

local change = {
  [PENALTY] = function(s, p, amount, holder) p.algorithm.add(s, p, amount, holder) end,
  [REFUND] = function(s, p, amount, holder) p.algorithm.add(s, p, -amount, holder) end,
  [BLOCK] = function(s, _, amount) s.blocked = now + amount end,
  [UNBLOCK] = function(s) s.blocked = 0 end,
  [RESET] = function(s, p)
    s.policy, s.kind, s.time, s.blocked, s.source = false, p.kind, now, 0, false
    open(p)
  end,
  [RENEW] = function(s, p, _, holder)
    if not placeOf(s, holder) and p.algorithm.free(s, p) < 1 then return true end
    p.algorithm.add(s, p, 1, holder)
  end,
  [RELEASE] = function(s, p, _, holder) p.algorithm.add(s, p, -1, holder) end,
}

local replies, size = { pack('>Bd', 0, now) }, 1

for k = 1, #KEYS do
  readRecords(states[k])
  local calls = 0
  calls, at = unpack('>H', request, at)
  for _ = 1, calls do
    local op, index, times, amount, holder
    op, index, times, amount, holder, at = unpack('>BHHdd', request, at)
    local plan = plans[index + 1]
    local admitted, isConsumed = times, op == CONSUME or op == PEEK
    for j = 1, #plan do
      local cost = amount
      if amount < 0 then cost, at = unpack('>d', request, at) end -- the cost of each policy follows
      asks[j] = isConsumed and max(1, cost) or 1
      costs[j] = op == PEEK and 0 or cost
    end
    if isConsumed then
      admitted = consume(plan, times, holder)
    else
      for j = 1, #plan do
        rooms[j] = 1
        if change[op](open(plan[j]), plan[j], costs[j], holder) then admitted = 0 else changed = true end
      end
    end
    size = size + 1
    replies[size] = pack('>HB', admitted, #plan)
    for j = 1, #plan do
      local p = plan[j]
      local s = p.slot
      local free, reset = max(0, p.algorithm.free(s, p)), p.algorithm.reset(s, p)
      if s.blocked > now then free, reset = 0, max(reset, s.blocked - now) end
      size = size + 1
      replies[size] = pack('>dddd', rooms[j], free, reset, waitOf(s, p, asks[j]))
    end
  end
  if changed then writeRecords(KEYS[k]) end
end

return concat(replies)
`;
export const DECIDE_SHA1 = 'bacc7c67d18e76d61b2abb3f356d522db9d1f836';

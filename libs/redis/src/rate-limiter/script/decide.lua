-- Decides the rate limit calls of one request: the calls of each key in order, all at the same moment of the server clock.
--
-- KEYS     one per subject, all on one node; in a cluster, all in one slot
-- ARGV[1]  not-after: the last microsecond (Unix time) at which the script may change anything
-- ARGV[2]  the request, big-endian: policies, plans, then the calls of each key (written by decide.request.ts)
-- ARGV[3]  the path: 'gcra' for one consume call per key, all under one GCRA policy, and 'any' for everything else. Both paths have
--          the same results.
-- reply    status (1 byte: 0 decided, 1 late, 2 the calendar window is over), the server time in microseconds (double); then for each
--          call: repetitions admitted (2 bytes), number of policies (1 byte); then for each policy four doubles: repetitions counted,
--          tokens left, microseconds until the count is empty, microseconds until the call would be admitted
--          (-1: it has room, -2: never)
-- state    one string per key: records.part.lua
-- errors   WRONGTYPE
-- cost     O(records of the keys + calls); a call that changes nothing writes nothing
local spread, unpack, pack, concat = unpack, struct.unpack, struct.pack, table.concat
local sub, byte, format = string.sub, string.byte, string.format
local floor, ceil, max, min, fmod = math.floor, math.ceil, math.max, math.min, math.fmod

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if now > tonumber(ARGV[1]) then return pack('>Bd', 1, now) end

local GCRA, SLIDING, FIXED, CONCURRENCY = 1, 2, 3, 4
local HAS_ROOM, NEVER = -1, -2
--@include records.part.lua
--@include rules.part.lua
--@include gcra.part.lua

-- Read all keys before the first write: a key that holds another type fails the script before anything has changed.
local first, states -- the state of a single key, or those of several
if #KEYS == 1 then
  first = redis.call('GET', KEYS[1])
else
  states = redis.call('MGET', spread(KEYS))
  -- MGET returns nothing for a key of another type; GET raises WRONGTYPE.
  local missing = {}
  for k = 1, #KEYS do
    if not states[k] then missing[#missing + 1] = KEYS[k] end
  end
  if #missing > 0 and redis.call('EXISTS', spread(missing)) > 0 then
    for i = 1, #missing do redis.call('GET', missing[i]) end
  end
end

if ARGV[3] == 'gcra' then
  --@include decide-gcra.part.lua
end

local CONSUME, PENALTY, REFUND, BLOCK, UNBLOCK, RESET, RENEW, RELEASE, PEEK = 0, 1, 2, 3, 4, 5, 6, 7, 8

local request, policyCount, planCount, at = ARGV[2], unpack('>HH', ARGV[2], 1)
local policies, plans, algorithms = {}, {}, false
-- One slot per policy name: the state of that policy for the current key. Reused for each key, to save allocations.
local slots = {}

for i = 1, policyCount do
  local name, kind, shadow, block, first, second, third, fourth, next = unpack('>Bc0BBddddd', request, at)
  local p = { kind = kind, shadow = shadow, block = block, slot = false, algorithm = false, bytes = GCRA_BYTES }
  if kind == GCRA then
    p.capacity, p.tokenCost, p.leakPerTick, p.tick = first, second, third, fourth
    p.moment = gcraMoment(fourth)
  else
    if not algorithms then -- most requests need GCRA only
      algorithms = {}
      --@include algorithms.part.lua
    end
    p.algorithm, p.bytes = algorithms[kind], algorithms[kind].bytes
    if kind == SLIDING then
      p.limit, p.windowMs = first, second
    elseif kind == CONCURRENCY then
      p.limit, p.hold = first, second
    else
      local length, calendarStart, calendarEnd, nextEnd = second, second, third, fourth
      p.limit = first
      if calendarEnd == 0 then -- windows start at a multiple of their length since the epoch
        p.start = now - fmod(now, length)
        p.stop = p.start + length
      elseif now >= calendarEnd then -- the server is already in the next calendar window
        p.start, p.stop = calendarEnd, nextEnd
      else
        p.start, p.stop = calendarStart, calendarEnd
      end
      if now < p.start or now >= p.stop then return pack('>Bd', 2, now) end
    end
  end
  at = next
  local slot = slots[name]
  if not slot then
    slot = {
      name = name, policy = false, isHere = false, kind = 0, time = 0, stop = 0, blocked = 0, source = false, at = 0,
      reset = 0, size = 0, from = 0, moment = 0, level = 0, sum = 0, index = 0, counts = false, holders = false, ends = false,
    }
    slots[name] = slot
  end
  p.slot = slot
  policies[i] = p
end

for i = 1, planCount do
  local plan, size, index = {}, 0, 0
  size, at = unpack('B', request, at)
  for j = 1, size do
    index, at = unpack('>H', request, at)
    plan[j] = policies[index + 1]
  end
  plans[i] = plan
end

-- The records of the current key: `here` has those of this request's policies, in stored order; `otherRecords` has the rest unparsed.
local here, count, otherRecords, last, changed = {}, 0, '', now, false

local function readRecords(state)
  for i = 1, count do here[i].isHere = false end
  count, otherRecords, last, changed = 0, '', now, false
  if not state or sub(state, 1, 1) ~= VERSION then return end
  local pos, size = 2, #state
  while pos <= size do
    --@include record-head.part.lua
    local slot = slots[name]
    if slot then
      count = count + 1
      here[count], slot.isHere = slot, true
      slot.policy, slot.kind, slot.time, slot.stop, slot.blocked = false, kind, written, stop, blockedUntil
      slot.source, slot.at, slot.size, slot.from = state, body, length, pos
    elseif stop > now then
      otherRecords, last = otherRecords .. sub(state, pos, body + length - 1), max(last, stop)
    end
    pos = body + length
  end
end

local function bodyOf(s)
  local p = s.policy
  if p.kind == GCRA then return pack('>dd', p.capacity, s.level) end
  return p.algorithm.body(s, p)
end

-- The state of a policy for the current key, brought to now.
local function open(p)
  local s = p.slot
  if s.policy == p and s.isHere then return s end
  if not s.isHere then
    count = count + 1
    here[count], s.isHere = s, true
    s.kind, s.time, s.blocked, s.source = p.kind, now, 0, false
  elseif s.policy then -- an earlier call used another policy of this name: convert its state
    s.source, s.at, s.time = bodyOf(s), 1, s.kind == GCRA and s.moment or now
    s.size = #s.source
  end
  if s.kind ~= p.kind or (p.bytes or s.size) ~= s.size then s.kind, s.source = p.kind, false end
  local before, ahead = s.time, 0
  if before > now then -- the clock of the writer was ahead of this one
    before, ahead = now, before - now
    s.blocked, changed = s.blocked - ahead, true
  end
  if p.kind == GCRA then
    s.level, s.moment = 0, p.moment
    if s.source then
      local capacity, level = unpack('>dd', s.source, s.at)
      level = rescaled(level, capacity, p.capacity)
      s.level = gcraLeaked(level, before, p.moment, p.leakPerTick, p.tick)
    end
  else
    p.algorithm.read(s, p, before, ahead)
  end
  s.policy = p
  return s
end

-- Tokens left (negative after a penalty), and the times until the count is empty and until `tokens` are free; without a block.
local function statusOf(s, p, tokens)
  local wait, free, reset = HAS_ROOM, 0, 0
  if p.kind == GCRA then
    free, reset = gcraFree(s.level, p.capacity, p.tokenCost), gcraReset(s.level, s.moment, p.leakPerTick, p.tick)
    if free < tokens then
      wait = gcraWait(s.level, tokens, s.moment, p.capacity, p.tokenCost, p.leakPerTick, p.tick)
    end
  else
    local algorithm = p.algorithm
    free, reset = algorithm.free(s, p), algorithm.reset(s, p)
    if free < tokens then wait = algorithm.wait(s, p, tokens) end
  end
  s.reset = reset
  return wait, free, reset
end

-- How many of `times` repetitions the policy has room for.
local function roomFor(s, p, required, cost, times, holder)
  if s.blocked > now then return 0 end
  if p.kind == GCRA then
    local free = gcraFree(s.level, p.capacity, p.tokenCost)
    return roomIn(free, required, cost, times)
  end
  if p.kind == CONCURRENCY and p.algorithm.has(s, holder) then return times end
  local free = p.algorithm.free(s, p)
  return roomIn(free, required, cost, times)
end

-- Counts tokens; a negative number returns them.
local function add(s, p, tokens, holder)
  if p.kind ~= GCRA then return p.algorithm.add(s, p, tokens, holder) end
  s.level = min(max(0, gcraAdded(s.level, tokens, p.tokenCost)), 2 * p.capacity)
end

-- The record to store for a policy: brought to now, or unchanged if no call used it. Nothing if it has expired.
local function recordOf(s)
  local p = s.policy
  if not p then
    if s.stop <= now then return end
    return sub(s.source, s.from, s.at + s.size - 1)
  end
  local stop = now + s.reset
  if s.blocked > stop then stop = s.blocked end
  if stop <= now then return end
  s.stop = stop
  if p.kind == GCRA then return gcraRecord(s.name, s.moment, stop, s.blocked, p.capacity, s.level) end
  local body = bodyOf(s)
  return pack(HEAD, #s.name, s.name, s.kind, now, stop, s.blocked, #body) .. body
end

local function writeRecords(key)
  local records = ''
  for i = 1, count do
    local record = recordOf(here[i])
    if record then
      records = records .. record
      if here[i].stop > last then last = here[i].stop end
    end
  end
  records = records .. otherRecords
  --@include write-state.part.lua
end

-- For each policy of the current call: its cost, the tokens that it must have room for, and the repetitions that it has room for.
local costs, required, rooms = {}, {}, {}

-- Admits as many repetitions as all enforced policies have room for. Shadow policies count what they would have admitted.
local function consume(plan, times, holder)
  local admitted = times
  for j = 1, #plan do
    local p = plan[j]
    local room = roomFor(open(p), p, required[j], costs[j], times, holder)
    rooms[j] = room
    if p.shadow == 0 and room < admitted then admitted = room end
  end
  for j = 1, #plan do
    local p, cost, room = plan[j], costs[j], rooms[j]
    local s, counted = p.slot, room < admitted and room or admitted
    if counted > 0 and cost > 0 then
      add(s, p, counted * cost, holder)
      changed = true
    end
    if blocks(p.block, s.blocked, cost, admitted < times or room < times, statusOf(s, p, cost)) then
      s.blocked, changed = now + p.block, true
    end
    rooms[j] = counted
  end
  return admitted
end

-- Any other operation. Returns true if it changed nothing.
local function change(op, s, p, amount, holder)
  if op == PENALTY then
    add(s, p, amount, holder)
  elseif op == REFUND then
    add(s, p, -amount, holder)
  elseif op == BLOCK then
    s.blocked = now + amount
  elseif op == UNBLOCK then
    s.blocked = 0
  elseif op == RESET then
    s.policy, s.kind, s.time, s.blocked, s.source = false, p.kind, now, 0, false
    open(p)
  elseif op == RENEW then
    if not p.algorithm.has(s, holder) and p.algorithm.free(s, p) < 1 then return true end
    add(s, p, 1, holder)
  elseif op == RELEASE then
    add(s, p, -1, holder)
  end
  changed = true
end

local replies, size = { pack('>Bd', 0, now) }, 1

for k = 1, #KEYS do
  readRecords(states and states[k] or first)
  local calls = 0
  calls, at = unpack('>H', request, at)
  for _ = 1, calls do
    local op, index, times, amount, holder
    op, index, times, amount, holder, at = unpack('>BHHdd', request, at)
    local plan = plans[index + 1]
    local admitted, isConsumed = times, op == CONSUME or op == PEEK
    for j = 1, #plan do
      local cost = amount
      if amount < 0 then cost, at = unpack('>d', request, at) end -- one cost per policy follows
      required[j] = isConsumed and cost > 1 and cost or 1
      costs[j] = op == PEEK and 0 or cost
    end
    if isConsumed then
      admitted = consume(plan, times, holder)
    else
      for j = 1, #plan do
        rooms[j] = 1
        if change(op, open(plan[j]), plan[j], costs[j], holder) then admitted = 0 end
      end
    end
    size = size + 1
    replies[size] = pack('>HB', admitted, #plan)
    for j = 1, #plan do
      local p = plan[j]
      local s = p.slot
      local wait, free, reset = statusOf(s, p, required[j])
      if free < 0 then free = 0 end
      if s.blocked > now then
        free, reset, wait = 0, max(reset, s.blocked - now), blockedWait(wait, s.blocked)
      end
      size = size + 1
      replies[size] = pack('>dddd', rooms[j], free, reset, wait)
    end
  end
  if changed then writeRecords(KEYS[k]) end
end

return concat(replies)

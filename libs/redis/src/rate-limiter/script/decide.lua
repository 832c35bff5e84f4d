-- Decides the rate limit calls of one request: the calls of each key in order, all at the same moment of the server clock.
--
-- KEYS     one per subject, all on one node; in a cluster, all in one slot
-- ARGV[1]  not-after: the last microsecond (Unix time) at which the script may change anything
-- ARGV[2]  the request, big-endian: policies, plans, then the calls of each key (written by decide.request.ts)
-- ARGV[3]  the path: 'one' for a single consume call on one key under one GCRA policy; 'gcra' for one consume call per key under
--          GCRA policies; 'any' for everything else. All paths have the same results.
-- reply    status (1 byte: 0 decided, 1 late, 2 the calendar window is over), the server time in microseconds (double); then for each
--          call: repetitions admitted (2 bytes), number of policies (1 byte); then for each policy four doubles: repetitions counted,
--          tokens left, microseconds until the count is empty, microseconds until the call would be admitted
--          (-1: it has room, -2: never)
-- state    one string per key: a version byte, then one record per policy: name, algorithm, time of the last change, expiry,
--          blocked until, body
-- errors   WRONGTYPE
-- cost     O(records of the keys + calls); a call that changes nothing writes nothing
local spread, unpack, pack, concat = unpack, struct.unpack, struct.pack, table.concat
local sub, byte, format = string.sub, string.byte, string.format
local floor, ceil, max, min, fmod = math.floor, math.ceil, math.max, math.min, math.fmod

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if now > tonumber(ARGV[1]) then return pack('>Bd', 1, now) end

-- The two fast paths skip the setup of the general path.
if ARGV[3] == 'one' then
  --@include decide-one.part.lua
end

-- Read all keys before the first write: a key that holds another type fails the script before anything has changed.
local states
if #KEYS == 1 then
  states = { redis.call('GET', KEYS[1]) }
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

local GCRA, SLIDING, FIXED, CONCURRENCY = 1, 2, 3, 4
local CONSUME, PENALTY, REFUND, BLOCK, UNBLOCK, RESET, RENEW, RELEASE, PEEK = 0, 1, 2, 3, 4, 5, 6, 7, 8
local HAS_ROOM, NEVER = -1, -2
local VERSION = '\1'
local HEAD = '>Bc0BdddH' -- head of a record; the last field is the length of the body
local HEAD_AND_TWO = HEAD .. 'dd'
local HEAD_BYTES = 28 -- size of the head without the name

local request, policyCount, planCount, at = ARGV[2], unpack('>HH', ARGV[2], 1)
local policies, plans = {}, {}
-- One slot per policy name: the state of that policy for the current key. Reused for each key, to save allocations.
local slots = {}

for i = 1, policyCount do
  local name, kind, shadow, block, first, second, third, fourth, next = unpack('>Bc0BBddddd', request, at)
  local p = { name = name, kind = kind, shadow = shadow, block = block, slot = false, algorithm = false }
  if kind == GCRA then
    p.capacity, p.tokenCost, p.leakPerTick, p.tick = first, second, third, fourth
  elseif kind == SLIDING then
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
  at = next
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

--@include plans.part.lua

--@include algorithms.part.lua
local BODY_BYTES = { [GCRA] = 16, [SLIDING] = 24 + 4 * BUCKETS, [FIXED] = 16 }
for i = 1, #policies do policies[i].algorithm = algorithms[policies[i].kind] end

-- The records of the current key: `here` has those of this request's policies, in stored order; `otherRecords` has the rest unparsed.
local here, count, otherRecords, last, changed = {}, 0, {}, now, false

local function addSlot(slot)
  if slot.isHere then return end
  count = count + 1
  here[count], slot.isHere = slot, true
end

local function readRecords(state)
  for i = 1, count do here[i].isHere = false end
  count, last, changed = 0, now, false
  if #otherRecords > 0 then otherRecords = {} end
  if not state or sub(state, 1, 1) ~= VERSION then return end
  local pos, size = 2, #state
  while pos <= size do
    -- A truncated state starts empty, like a state of another version.
    if pos + byte(state, pos) + HEAD_BYTES - 1 > size then return end
    local name, kind, written, stop, blocked, length, body = unpack(HEAD, state, pos)
    if body + length - 1 > size then return end
    local slot = slots[name]
    if slot then
      addSlot(slot)
      slot.policy, slot.kind, slot.time, slot.stop, slot.blocked = false, kind, written, stop, blocked
      slot.source, slot.at, slot.size, slot.from = state, body, length, pos
    elseif stop > now then
      otherRecords[#otherRecords + 1], last = sub(state, pos, body + length - 1), max(last, stop)
    end
    pos = body + length
  end
end

-- The state of a policy for the current key, brought to now.
local function open(p)
  local s = p.slot
  if s.policy == p and s.isHere then return s end
  if not s.isHere then
    addSlot(s)
    s.kind, s.time, s.blocked, s.source = p.kind, now, 0, false
  elseif s.policy then -- an earlier call used another policy of this name: convert its state
    s.source, s.at, s.time = s.policy.algorithm.body(s, s.policy), 1, now
    s.size = #s.source
    if s.kind == GCRA then s.time = s.moment end
  end
  if s.kind ~= p.kind or (BODY_BYTES[p.kind] or s.size) ~= s.size then s.kind, s.source = p.kind, false end
  local ahead = s.time - now
  if ahead > 0 then -- the clock of the writer was ahead of this one
    s.blocked, changed = s.blocked - ahead, true
    p.algorithm.read(s, p, now, ahead)
  else
    p.algorithm.read(s, p, s.time, 0)
  end
  s.policy = p
  return s
end

-- The record to store for a policy: brought to now, or unchanged if no call used it. Nothing if it has expired.
local function recordOf(s)
  local p = s.policy
  if not p then
    if s.stop <= now then return end
    return sub(s.source, s.from, s.at + s.size - 1)
  end
  s.stop = max(s.blocked, now + p.algorithm.reset(s, p))
  if s.stop <= now then return end
  if s.kind == GCRA then
    return pack(HEAD_AND_TWO, #s.name, s.name, GCRA, s.moment, s.stop, s.blocked, 16, p.capacity, s.level)
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
  if #otherRecords > 0 then state = state .. concat(otherRecords) end
  if state == VERSION then return redis.call('DEL', key) end
  redis.call('SET', key, state, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
end

-- Microseconds until `tokens` can be spent.
local function waitOf(s, p, tokens)
  local wait = HAS_ROOM
  if p.algorithm.free(s, p) < tokens then wait = p.algorithm.wait(s, p, tokens) end
  if s.blocked > now and wait ~= NEVER then wait = max(wait, s.blocked - now) end
  return wait
end

-- How many of `times` repetitions the policy has room for.
local function roomFor(s, p, times, required, holder)
  if s.blocked > now then return 0 end
  local free = max(0, p.algorithm.free(s, p))
  if p.kind ~= CONCURRENCY then return min(times, floor(free / required)) end
  return permitOf(s, holder) and times or min(times, free)
end

-- For each policy of the current call: its cost, the tokens that it must have room for, and the repetitions that it has room for.
local costs, required, rooms = {}, {}, {}

-- Admits as many repetitions as all enforced policies have room for. Shadow policies count what they would have admitted.
local function consume(plan, times, holder)
  local admitted = times
  for j = 1, #plan do
    local p = plan[j]
    rooms[j] = roomFor(open(p), p, times, required[j], holder)
    if costs[j] == 0 and rooms[j] > 0 then rooms[j] = times end -- a cost of 0 leaves its room to the next repetition
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

-- The operations other than consume and peek. A result of true means that nothing was changed.
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
    if not permitOf(s, holder) and p.algorithm.free(s, p) < 1 then return true end
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
      if amount < 0 then cost, at = unpack('>d', request, at) end -- one cost per policy follows
      required[j] = isConsumed and max(1, cost) or 1
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
      replies[size] = pack('>dddd', rooms[j], free, reset, waitOf(s, p, required[j]))
    end
  end
  if changed then writeRecords(KEYS[k]) end
end

return concat(replies)

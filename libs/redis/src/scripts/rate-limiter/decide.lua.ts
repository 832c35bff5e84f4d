// Made of decide.lua by scripts/embed-lua.mjs; change that file, not this one.
export const DECIDE_LUA = `-- Decides calls on rate limits: for each key its calls in order, all of it at one moment of the server's clock.
-- KEYS     one per subject; they may be on one node, and in a cluster in one slot
-- ARGV[1]  not-after: the last microsecond (Unix time) at which this may change anything
-- ARGV[2]  the request, big-endian: policies, plans, and for each key its calls (decide.request.ts writes it)
-- reply    status (1 byte: 0 decided, 1 late, 2 the calendar has gone on), the server's microseconds (double), and for each call how
--          many of its repetitions were admitted (2 bytes), how many policies its plan has (1 byte), and for each of them four
--          doubles: how many it counted, tokens left, microseconds until all is back, microseconds until one more has room
--          (-1: it has, -2: never)
-- state    one string per key: a version byte, then a record per policy: name, kind, time of the last change, end, blocked until, body
-- cost     O(records of the keys + calls); a call that changes nothing writes nothing
local GCRA, SLIDING, FIXED, CONCURRENCY = 1, 2, 3, 4
local CONSUME, PENALTY, REFUND, BLOCK, UNBLOCK, RESET, RENEW, RELEASE = 0, 1, 2, 3, 4, 5, 6, 7
local VERSION = '\\1'
local BUCKETS = 17 -- sixteenths of a window that it can touch
local HAS_ROOM, NEVER = -1, -2
local spread, unpack, pack = unpack, struct.unpack, struct.pack
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if now > tonumber(ARGV[1]) then return pack('>Bd', 1, now) end

local request, at, total = ARGV[2], 1, 0
local policies, plans = {}, {}

total, at = unpack('>H', request, at)
for i = 1, total do
  local p = {}
  p.name, p.kind, p.shadow, p.block, p.a, p.b, p.c, p.d, at = unpack('>Bc0BBddddd', request, at)
  p.shadow = p.shadow == 1
  if p.kind == FIXED then
    if p.c == 0 then -- a window that begins with the epoch: its length is known
      p.c = p.b
      p.b = now - math.fmod(now, p.c)
      p.c = p.b + p.c
    elseif now >= p.c then -- the next one of the calendar
      p.b, p.c = p.c, p.d
    end
    if now < p.b or now >= p.c then return pack('>Bd', 2, now) end
  end
  policies[i] = p
end

total, at = unpack('>H', request, at)
for i = 1, total do
  local plan, size, index = {}, 0, 0
  size, at = unpack('B', request, at)
  for j = 1, size do
    index, at = unpack('>H', request, at)
    plan[j] = policies[index + 1]
  end
  plans[i] = plan
end

-- What was counted under another limit counts for the same share of this one.
local function rescaled(count, from, to)
  if from == to then return count end
  return ceil(count / from * to)
end

-- Each algorithm: \`read\` brings a record to now, \`free\` is how many tokens it has left, \`add\` counts some (fewer than none: gives
-- back), \`wait\` is how long until so many are free that are not now, \`reset\` until all are, \`body\` what is stored.
local algorithms = {}

-- A bucket that leaks: \`level\` in units of which a token is p.b, leaking p.c each tick of p.d microseconds; p.a is full.
algorithms[GCRA] = {
  read = function(r, p, before)
    local moment = now - math.fmod(now, p.d)
    local level = 0
    if r.body then
      local full
      full, level = unpack('>dd', r.body)
      level = rescaled(level, full, p.a)
      if before < moment then level = max(0, level - (moment - before) / p.d * p.c) end
    end
    r.level, r.moment = level, moment
  end,
  free = function(r, p) return floor((p.a - r.level) / p.b) end,
  add = function(r, p, tokens) r.level = min(max(0, r.level + tokens * p.b), 2 * p.a) end,
  wait = function(r, p, tokens)
    if tokens * p.b > p.a then return NEVER end
    return ceil((r.level + tokens * p.b - p.a) / p.c) * p.d - (now - r.moment)
  end,
  reset = function(r, p)
    if r.level == 0 then return 0 end
    return ceil(r.level / p.c) * p.d - (now - r.moment)
  end,
  body = function(r, p) return pack('>dd', p.a, r.level) end,
}

-- Counts of sixteenths of the window, the newest first; p.a is the limit, p.b the window in milliseconds.
local COUNTS = '>ddd' .. string.rep('I4', BUCKETS)

local function leaves(r, p, i) -- when the i-th count is of no window any more
  return ceil((r.index - i + 1 + BUCKETS) * p.b / 16) * 1000 - now
end

algorithms[SLIDING] = {
  read = function(r, p)
    local index = floor(floor(now / 1000) * 16 / p.b)
    local counts, sum = {}, 0
    for i = 1, BUCKETS do counts[i] = 0 end
    if r.body then
      local stored = { unpack(COUNTS, r.body) }
      local moved = stored[2] == p.b and max(0, index - stored[3]) or 0
      local before, after = 0, 0
      for i = BUCKETS, 1, -1 do -- from the oldest, so that rounding errs by one in all
        local to = stored[2] == p.b and i + moved or 1
        if to <= BUCKETS then
          before = before + stored[3 + i]
          local scaled = rescaled(before, stored[1], p.a)
          counts[to] = counts[to] + scaled - after
          after = scaled
        end
      end
      sum = after
    end
    r.index, r.counts, r.sum = index, counts, sum
  end,
  free = function(r, p) return p.a - r.sum end,
  add = function(r, p, tokens)
    local counts = r.counts
    if tokens > 0 then
      tokens = min(tokens, 2 * p.a - r.sum)
      counts[1] = counts[1] + tokens
      r.sum = r.sum + tokens
      return
    end
    for i = 1, BUCKETS do
      local back = min(counts[i], -tokens)
      counts[i], r.sum, tokens = counts[i] - back, r.sum - back, tokens + back
    end
  end,
  wait = function(r, p, tokens)
    if tokens > p.a then return NEVER end
    local missing = r.sum + tokens - p.a
    for i = BUCKETS, 1, -1 do
      missing = missing - r.counts[i]
      if missing <= 0 then return leaves(r, p, i) end
    end
  end,
  reset = function(r, p)
    for i = 1, BUCKETS do
      if r.counts[i] > 0 then return leaves(r, p, i) end
    end
    return 0
  end,
  body = function(r, p) return pack(COUNTS, p.a, p.b, r.index, spread(r.counts)) end,
}

-- One count from p.b to p.c; p.a is the limit.
algorithms[FIXED] = {
  read = function(r, p)
    local count = 0
    if r.body then
      local limit, start, stop, stored = unpack('>dddd', r.body)
      -- Also one that was begun under other windows, or on a clock that was ahead, and is not over.
      if start == p.b or now < stop then count = rescaled(stored, limit, p.a) end
    end
    r.count = count
  end,
  free = function(r, p) return p.a - r.count end,
  add = function(r, p, tokens) r.count = min(max(0, r.count + tokens), 2 * p.a) end,
  wait = function(_, p, tokens)
    if tokens > p.a then return NEVER end
    return p.c - now
  end,
  reset = function(r, p) return r.count > 0 and p.c - now or 0 end,
  body = function(r, p) return pack('>dddd', p.a, p.b, p.c, r.count) end,
}

local function holderAt(r, holder)
  for i = 1, #r.holders do
    if r.holders[i] == holder then return i end
  end
end

-- Who is at it, by number, and until when that counts; p.a is the limit, p.b how long a place is held without word of its holder.
algorithms[CONCURRENCY] = {
  read = function(r, p, _, shift)
    local holders, ends = {}, {}
    if r.body then
      for i = 1, #r.body, 16 do
        local holder, stop = unpack('>dd', r.body, i)
        stop = min(stop - shift, now + p.b)
        if stop > now then
          holders[#holders + 1], ends[#ends + 1] = holder, stop
        end
      end
    end
    r.holders, r.ends = holders, ends
  end,
  free = function(r, p) return p.a - #r.holders end,
  add = function(r, p, tokens, holder) -- takes a place or holds it longer; fewer than none: leaves
    local i = holderAt(r, holder)
    if tokens > 0 then
      i = i or #r.holders + 1
      r.holders[i], r.ends[i] = holder, now + p.b
    elseif i then
      table.remove(r.holders, i)
      table.remove(r.ends, i)
    end
  end,
  wait = function(r, p)
    local sorted = { spread(r.ends) }
    table.sort(sorted)
    return sorted[#sorted - p.a + 1] - now
  end,
  reset = function(r)
    local last = now
    for i = 1, #r.ends do last = max(last, r.ends[i]) end
    return last - now
  end,
  body = function(r)
    local parts = {}
    for i = 1, #r.holders do parts[i] = pack('>dd', r.holders[i], r.ends[i]) end
    return table.concat(parts)
  end,
}

local function readRecords(key)
  local records, order = {}, {}
  local state = redis.call('GET', key)
  if not state or string.sub(state, 1, 1) ~= VERSION then return records, order end
  local pos = 2
  while pos <= #state do
    local r, name = {}, ''
    name, r.kind, r.time, r.stop, r.blocked, r.body, pos = unpack('>Bc0BdddHc0', state, pos)
    records[name] = r
    order[#order + 1] = name
  end
  return records, order
end

local function writeRecords(key, records, order)
  local parts, last = { VERSION }, now
  for i = 1, #order do
    local name = order[i]
    local r = records[name]
    if r and r.policy then
      local algorithm = algorithms[r.kind]
      r.body, r.time = algorithm.body(r, r.policy), r.moment or now
      r.stop = max(r.blocked, now + algorithm.reset(r, r.policy))
    end
    if r and r.stop > now then
      parts[#parts + 1] = pack('>Bc0BdddHc0', #name, name, r.kind, r.time, r.stop, r.blocked, #r.body, r.body)
      last = max(last, r.stop)
    end
  end
  if #parts == 1 then return redis.call('DEL', key) end
  redis.call('SET', key, table.concat(parts), 'PX', max(1, ceil((last - now) / 1000)))
end

local replies = { pack('>Bd', 0, now) }

for k = 1, #KEYS do
  local records, order = readRecords(KEYS[k])
  local changed = false

  -- The record of a policy as it is now, and how many tokens it has free.
  local function recordOf(p)
    local r = records[p.name]
    if r and r.policy == p then return r end
    if not r then
      r = { kind = p.kind, blocked = 0, time = now, stop = 0 }
      order[#order + 1] = p.name
      records[p.name] = r
    elseif r.policy then -- another policy of that name was asked in this call: what it left is read anew
      r.body, r.time = algorithms[r.kind].body(r, r.policy), r.moment or now
    end
    if r.kind ~= p.kind then r.kind, r.body = p.kind, nil end
    local shift = max(0, r.time - now)
    if shift > 0 then -- written by a clock that was ahead of this one
      r.time, r.blocked, changed = now, r.blocked - shift, true
    end
    r.policy, r.moment = p, nil
    algorithms[p.kind].read(r, p, r.time, shift)
    return r
  end

  local function freeOf(r, p) return max(0, algorithms[p.kind].free(r, p)) end

  local function add(r, p, tokens, holder)
    algorithms[p.kind].add(r, p, tokens, holder)
    changed = true
  end

  -- How long until there is room for so many.
  local function waitOf(r, p, tokens)
    local wait = HAS_ROOM
    if algorithms[p.kind].free(r, p) < tokens then wait = algorithms[p.kind].wait(r, p, tokens) end
    if r.blocked > now and wait ~= NEVER then wait = max(wait, r.blocked - now) end
    return wait
  end

  local calls = 0
  calls, at = unpack('>H', request, at)
  for _ = 1, calls do
    local op, index, times, amount, holder
    op, index, times, amount, holder, at = unpack('>BHHdd', request, at)
    local plan = plans[index + 1]
    local admitted, counted, asked = times, {}, 1

    if op == CONSUME then
      asked = max(1, amount)
      local rooms = {}
      for j = 1, #plan do
        local p = plan[j]
        local r = recordOf(p)
        local room = times
        if r.blocked > now then room = 0
        elseif p.kind == CONCURRENCY then room = holderAt(r, holder) and times or min(times, freeOf(r, p))
        else room = min(times, floor(freeOf(r, p) / asked)) end
        rooms[j] = room
        if not p.shadow then admitted = min(admitted, room) end
      end
      for j = 1, #plan do
        local p, r = plan[j], records[plan[j].name]
        counted[j] = min(rooms[j], admitted)
        if amount > 0 and counted[j] > 0 then
          add(r, p, counted[j] * amount, holder)
        end
        if amount > 0 and p.block > 0 and r.blocked <= now and (admitted < times or rooms[j] < times) and waitOf(r, p, amount) >= 0 then
          r.blocked, changed = now + p.block, true
        end
      end
    else
      for j = 1, #plan do
        local p = plan[j]
        local r = recordOf(p)
        counted[j] = 1
        if op == PENALTY then add(r, p, amount, holder)
        elseif op == REFUND then add(r, p, -amount, holder)
        elseif op == BLOCK then r.blocked, changed = now + amount, true
        elseif op == UNBLOCK then r.blocked, changed = 0, true
        elseif op == RELEASE then add(r, p, -1, holder)
        elseif op == RENEW then
          if holderAt(r, holder) or freeOf(r, p) > 0 then add(r, p, 1, holder) else admitted = 0 end
        elseif op == RESET then
          records[p.name] = { kind = p.kind, blocked = 0, time = now, stop = 0 }
          changed = true
          recordOf(p)
        end
      end
    end

    local parts = { pack('>HB', admitted, #plan) }
    for j = 1, #plan do
      local p = plan[j]
      local r = records[p.name]
      local reset = max(algorithms[p.kind].reset(r, p), r.blocked - now)
      parts[j + 1] = pack('>dddd', counted[j], r.blocked > now and 0 or freeOf(r, p), reset, waitOf(r, p, asked))
    end
    replies[#replies + 1] = table.concat(parts)
  end

  if changed then writeRecords(KEYS[k], records, order) end
end

return table.concat(replies)
`;
export const DECIDE_SHA1 = 'b43f46af4e67b25fa50f521ac0f303465daf888e';

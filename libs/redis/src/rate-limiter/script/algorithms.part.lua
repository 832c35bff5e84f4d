-- The algorithms of decide.lua, which has read the time and the request.

-- What was counted under another limit counts for the same share of this one.
local function rescaled(count, from, to)
  if from == to then return count end
  return ceil(count * to / from)
end

-- Each algorithm: `read` brings what is stored to now (from `before`, of a clock that was `ahead`), `free` is how many tokens are left,
-- `add` counts some (fewer than none: gives back), `wait` is how long until so many are free that are not now, `reset` until all are,
-- `body` what is stored.
local algorithms = {}

-- A bucket that leaks: `level` in units of which a token is p.b, leaking p.c each tick of p.d microseconds; p.a is full.
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

-- One count, `sum`, from p.b to p.c; p.a is the limit.
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

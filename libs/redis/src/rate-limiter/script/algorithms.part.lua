-- The algorithms of decide.lua other than GCRA. Expects `now` and the constants of decide.lua.
--   s  state of a policy for the current key: `s.source` is the stored string (false: none), `s.at` the offset of the body in it,
--      `s.size` the length of the body
--   p  parameters of the policy
--
-- Each algorithm has these functions; all times are in microseconds:
--   read   loads the stored body and brings it to now; it was written at `before`, by a clock that was `ahead` of this one
--   free   tokens left; negative after a penalty
--   add    counts tokens; a negative number returns them
--   wait   time until `tokens` are free; called only when they are not free now
--   reset  time until the count is empty
--   body   the string to store
--   bytes  the length of that string; false if it varies

-- One count per sixteenth of the window (p.windowMs), the newest first. `index` is the number of the newest sixteenth since the epoch.
local BUCKETS = 17 -- sixteenths that a window can overlap
local COUNTS = '>ddd' .. string.rep('I4', BUCKETS)

local function sixteenth(p, moment) return floor(floor(moment / 1000) * 16 / p.windowMs) end

local function leavesIn(s, p, i) -- microseconds until the i-th count leaves the window
  return ceil((s.index - i + 1 + BUCKETS) * p.windowMs / 16) * 1000 - now
end

algorithms[SLIDING] = {
  read = function(s, p, before)
    local index = sixteenth(p, now)
    local counts, sum = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 0
    if s.source then
      local stored = { unpack(COUNTS, s.source, s.at) }
      local isSameWindow = stored[2] == p.windowMs
      local moved, counted = max(0, index - (isSameWindow and stored[3] or sixteenth(p, before))), 0
      for i = BUCKETS, 1, -1 do -- from the oldest on, so that rescaling rounds by one token in total
        local to = moved + (isSameWindow and i or 1) -- in a changed window all tokens count from the last write
        if to <= BUCKETS then
          counted = counted + stored[3 + i]
          local after = rescaled(counted, stored[1], p.limit)
          counts[to] = counts[to] + after - sum
          sum = after
        end
      end
    end
    s.index, s.counts, s.sum = index, counts, sum
  end,
  free = function(s, p) return p.limit - s.sum end,
  add = function(s, p, tokens)
    local counts = s.counts
    if tokens > 0 then
      tokens = min(tokens, 2 * p.limit - s.sum)
      counts[1], s.sum = counts[1] + tokens, s.sum + tokens
      return
    end
    for i = 1, BUCKETS do
      local back = min(counts[i], -tokens)
      counts[i], s.sum, tokens = counts[i] - back, s.sum - back, tokens + back
    end
  end,
  wait = function(s, p, tokens)
    if tokens > p.limit then return NEVER end
    local missing = s.sum + tokens - p.limit
    for i = BUCKETS, 1, -1 do
      missing = missing - s.counts[i]
      if missing <= 0 then return leavesIn(s, p, i) end
    end
  end,
  reset = function(s, p)
    for i = 1, BUCKETS do
      if s.counts[i] > 0 then return leavesIn(s, p, i) end
    end
    return 0
  end,
  body = function(s, p) return pack(COUNTS, p.limit, p.windowMs, s.index, spread(s.counts)) end,
  bytes = 24 + 4 * BUCKETS,
}

-- One count (`sum`) for the window from p.start to p.stop.
algorithms[FIXED] = {
  read = function(s, p, before)
    s.sum = 0
    if not s.source or before < p.start then return end -- written in an earlier window
    local limit, count = unpack('>dd', s.source, s.at)
    s.sum = rescaled(count, limit, p.limit)
  end,
  free = function(s, p) return p.limit - s.sum end,
  add = function(s, p, tokens) s.sum = min(max(0, s.sum + tokens), 2 * p.limit) end,
  wait = function(_, p, tokens)
    if tokens > p.limit then return NEVER end
    return p.stop - now
  end,
  reset = function(s, p) return s.sum > 0 and p.stop - now or 0 end,
  body = function(s, p) return pack('>dd', p.limit, s.sum) end,
  bytes = 16,
}

-- Permits: the numbers of their holders (`holders`) and when they expire (`ends`). p.hold is how long a permit lasts without a renewal.
local function permitOf(s, holder)
  for i = 1, #s.holders do
    if s.holders[i] == holder then return i end
  end
end

algorithms[CONCURRENCY] = {
  has = permitOf,
  read = function(s, p, _, ahead)
    local holders, ends = {}, {}
    if s.source then
      for i = s.at, s.at + s.size - 1, 16 do
        local holder, stop = unpack('>dd', s.source, i)
        stop = min(stop - ahead, now + p.hold)
        if stop > now then
          holders[#holders + 1], ends[#ends + 1] = holder, stop
        end
      end
    end
    s.holders, s.ends = holders, ends
  end,
  free = function(s, p) return p.limit - #s.holders end,
  add = function(s, p, tokens, holder) -- acquires or extends the permit of the holder; a negative number releases it
    local i = permitOf(s, holder)
    if tokens > 0 then
      i = i or #s.holders + 1
      s.holders[i], s.ends[i] = holder, now + p.hold
    elseif i then
      table.remove(s.holders, i)
      table.remove(s.ends, i)
    end
  end,
  wait = function(s, p)
    local sorted = { spread(s.ends) }
    table.sort(sorted)
    return sorted[#sorted - p.limit + 1] - now
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
  bytes = false,
}

-- The arithmetic of GCRA, a leaky bucket: a token adds `tokenCost` units to `level`, `leakPerTick` units leak in each tick of `tick`
-- microseconds, and `capacity` is the level of a full bucket. `moment` is the last tick. All times are in microseconds.
-- Twin: algorithms/gcra.algorithm.ts

--@inline
local function gcraMoment(tick)
  return tick > 1 and now - fmod(now, tick) or now
end

-- The level now of a bucket that was written at `before`.
--@inline
local function gcraLeaked(level, before, moment, leakPerTick, tick)
  return before < moment and max(0, level - (moment - before) / tick * leakPerTick) or level
end

-- Tokens left; negative after a penalty.
--@inline
local function gcraFree(level, capacity, tokenCost)
  return floor((capacity - level) / tokenCost)
end

--@inline
local function gcraAdded(level, tokens, tokenCost)
  return level + tokens * tokenCost
end

--@inline
local function gcraUntilLeaked(units, moment, leakPerTick, tick)
  return ceil(units / leakPerTick) * tick - (now - moment)
end

-- Time until the bucket is empty.
--@inline
local function gcraReset(level, moment, leakPerTick, tick)
  return level > 0 and gcraUntilLeaked(level, moment, leakPerTick, tick) or 0
end

-- Time until `tokens` are free, if they are not free now.
--@inline
local function gcraWait(level, tokens, moment, capacity, tokenCost, leakPerTick, tick)
  return tokens * tokenCost > capacity and NEVER
    or gcraUntilLeaked(gcraAdded(level, tokens, tokenCost) - capacity, moment, leakPerTick, tick)
end

-- The rules that hold for the counts of all algorithms.

-- Converts a count to another limit, as the same share of it, rounded up.
--@inline
local function rescaled(count, from, to)
  return from == to and count or ceil(count * to / from)
end

-- How many of `times` repetitions have room. A cost of 0 requires a free token and leaves it to the next repetition.
--@inline
local function roomIn(free, required, cost, times)
  return free >= required and (cost == 0 and times or min(times, floor(free / required))) or 0
end

-- Whether a call that did not have room for all its repetitions blocks the subject; not if it can never have room (`wait`).
--@inline
local function blocks(block, blocked, cost, isRefused, wait)
  return block > 0 and isRefused and cost > 0 and blocked <= now and wait >= 0
end

-- The time until a blocked call would be admitted; `wait` is that of its count.
--@inline
local function blockedWait(wait, blocked)
  return wait == NEVER and NEVER or max(wait, blocked - now)
end

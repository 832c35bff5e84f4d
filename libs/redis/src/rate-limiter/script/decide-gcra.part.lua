-- The fast path of decide.lua: one consume call per key, all under one GCRA policy. It needs no tables, no functions and no other
-- algorithm. KEYS, ARGV, reply and state are those of decide.lua. Expects `now`, `first` and `states`; returns the reply.
local request = ARGV[2]
local _, planCount, policy, _, shadow, block, capacity, tokenCost, leakPerTick, tick, at =
  unpack('>HHBc0BBddddd', request)
at = at + 3 * planCount -- each plan is a size and the index of this policy
local moment, replies = gcraMoment(tick), states and { pack('>Bd', 0, now) }

for k = 1, #KEYS do
  local _, _, _, times, cost, _, next = unpack('>HBHHdd', request, at)
  at = next

  local state, otherRecords, last, level, blocked, changed = first, '', now, 0, 0, false
  if states then state = states[k] end
  if state and byte(state) == 1 then
    local pos, size = 2, #state
    while pos <= size do
      --@include record-head.part.lua
      if name == policy then
        blocked = blockedUntil
        if kind == GCRA and length == GCRA_BYTES then
          local stored
          stored, level = unpack('>dd', state, body)
          level = rescaled(level, stored, capacity)
          level = gcraLeaked(level, written, moment, leakPerTick, tick)
        end
        if written > now then -- the clock of the writer was ahead of this one
          blocked, changed = blocked - (written - now), true
        end
      elseif stop > now then
        otherRecords = otherRecords .. sub(state, pos, body + length - 1)
        if stop > last then last = stop end
      end
      pos = body + length
    end
  end

  local required, free, room, wait = cost, gcraFree(level, capacity, tokenCost), 0, HAS_ROOM
  if required < 1 then required = 1 end
  if blocked <= now then room = roomIn(free, required, cost, times) end
  if room > 0 and cost > 0 then
    level, changed = gcraAdded(level, room * cost, tokenCost), true
    free = gcraFree(level, capacity, tokenCost)
  end
  if free < required then wait = gcraWait(level, required, moment, capacity, tokenCost, leakPerTick, tick) end
  if blocks(block, blocked, cost, room < times, wait) then
    blocked, changed = now + block, true
  end
  local reset = gcraReset(level, moment, leakPerTick, tick)

  if changed then
    local key, records, stop = KEYS[k], otherRecords, now + reset
    if blocked > stop then stop = blocked end
    if stop > now then
      records = gcraRecord(policy, moment, stop, blocked, capacity, level) .. records
      if stop > last then last = stop end
    end
    --@include write-state.part.lua
  end

  if blocked > now then
    free, reset, wait = 0, max(reset, blocked - now), blockedWait(wait, blocked)
  end
  if free < 0 then free = 0 end
  local admitted = shadow == 1 and times or room
  if not states then return pack('>BdHBdddd', 0, now, admitted, 1, room, free, reset, wait) end
  replies[k + 1] = pack('>HBdddd', admitted, 1, room, free, reset, wait)
end

return concat(replies)

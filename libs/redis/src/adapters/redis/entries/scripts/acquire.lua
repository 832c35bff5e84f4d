-- Reads a value and takes its lease if no other load holds it. The lease of another load notes that a load waits for its end.
-- KEYS[1]  the value
-- KEYS[2]  the lease, '<token> <clock> <failures>' and ' w' if a load waits; after a failed load '!<failures> <until>'
-- ARGV[1]  the token of the load
-- ARGV[2]  the time to live of the lease in milliseconds
-- ARGV[3]  the clock of the load
-- ARGV[4]  the lease of a load with an older clock is taken over
-- ARGV[5]  the channel that is notified if a load waits
-- ARGV[6]  the message
-- reply    'acquired', 'held' or 'failed'; the token of the holder; the milliseconds until the lease or the failure ends;
--          the seconds and microseconds of the server time; the value, nil if it is absent or has another type
-- errors   OOM, WRONGTYPE of the lease
-- cost     O(length of the value)
--@include end-lease.part.lua
--@include now.part.lua
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'table' then value = false end
local lease = redis.call('GET', KEYS[2]) or ''
local holder, clock, failures, waiting = string.match(lease, '^([%w_-]+) (%d+) (%d+)( ?w?)$')
if holder and holder ~= ARGV[1] and tonumber(clock) >= tonumber(ARGV[4]) then
  local remaining = math.max(redis.call('PTTL', KEYS[2]), 1)
  if waiting == '' then
    -- After DEL, SET passes even if the memory limit is reached.
    redis.call('DEL', KEYS[2])
    redis.call('SET', KEYS[2], lease .. ' w', 'PX', remaining)
  end
  return { 'held', holder, remaining, time[1], time[2], value }
end
if not holder then
  local ends
  failures, ends = string.match(lease, '^!(%d+) (%d+)$')
  if ends and tonumber(ends) > now then return { 'failed', '', ends - now, time[1], time[2], value } end
end
local taken = ARGV[1] .. ' ' .. ARGV[3] .. ' ' .. (failures or '0')
if holder == ARGV[1] then taken = taken .. waiting elseif holder then end_lease(KEYS[2], ARGV[5], ARGV[6]) end
redis.call('SET', KEYS[2], taken, 'PX', ARGV[2])
return { 'acquired', '', 0, time[1], time[2], value }

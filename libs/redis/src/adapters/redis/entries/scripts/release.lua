-- Ends a lease without a value. A failure is remembered under the key of the lease, twice as long as no load may start, so that
-- the next failure counts on.
-- KEYS[1]  the lease
-- ARGV[1]  the token of the load
-- ARGV[2]  the channel that is notified if a load waits
-- ARGV[3]  the message
-- ARGV[4]  how long no load may start after the first failure, in milliseconds, doubled by each; empty: the load did not fail
-- ARGV[5]  the longest such time
-- reply    1, or 0 without a change if the token does not hold the lease
-- errors   WRONGTYPE
-- cost     O(1)
--@include is-held.part.lua
--@include end-lease.part.lua
local lease = redis.call('GET', KEYS[1])
if not is_held(lease, ARGV[1]) then return 0 end
end_lease(KEYS[1], ARGV[2], ARGV[3])
if ARGV[4] == '' then return 1 end
--@include now.part.lua
local failures = string.match(lease, '^%S+ %d+ (%d+)') + 1
local ms = math.min(ARGV[4] * 2 ^ (failures - 1), tonumber(ARGV[5]))
local mark = string.format('!%.0f %.0f', failures, now + ms)
redis.call('SET', KEYS[1], mark, 'PX', string.format('%.0f', 2 * ms))
return 1

-- Stamps a shard, unless it has another stamp.
-- KEYS[1]  the stamp
-- ARGV[1]  the own stamp
-- ARGV[2]  the stamp that the own one may replace; empty: none
-- reply    1 if the shard has the own stamp, 0 if it has it from now on, or the other stamp
-- errors   WRONGTYPE
-- cost     O(1)
local found = redis.call('GET', KEYS[1])
if found and found ~= ARGV[1] and found ~= ARGV[2] then return found end
if found == ARGV[1] then return 1 end
redis.call('SET', KEYS[1], ARGV[1])
return 0

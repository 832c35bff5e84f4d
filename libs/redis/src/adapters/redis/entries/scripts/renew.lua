-- Extends a lease.
-- KEYS[1]  the lease
-- ARGV[1]  the token of the load
-- ARGV[2]  the new time to live in milliseconds
-- reply    1, or 0 if the token does not hold the lease
-- errors   WRONGTYPE
-- cost     O(1)
--@include is-held.part.lua
if not is_held(redis.call('GET', KEYS[1]), ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])

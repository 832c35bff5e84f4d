-- Registers a process that uses a shard while keys move, and returns all that are registered.
-- KEYS[1]  the processes
-- ARGV[1]  the process and its phase; empty: registers none
-- ARGV[2]  what the process has registered before; empty: nothing
-- ARGV[3]  how long the process stays registered, in milliseconds
-- reply    the processes
-- errors   WRONGTYPE
-- cost     O(n) for n processes
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[2] ~= '' then redis.call('ZREM', KEYS[1], ARGV[2]) end
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return redis.call('ZRANGE', KEYS[1], 0, -1)

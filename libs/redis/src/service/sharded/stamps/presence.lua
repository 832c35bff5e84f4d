-- Registers a process that uses a shard while keys move, and returns all that are registered.
-- KEYS[1]  the processes
-- ARGV[1]  the process and its phase; empty: registers none
-- ARGV[2]  how long the process stays registered, in milliseconds
-- ARGV[3]  and further: what the process has registered before
-- reply    the processes
-- errors   WRONGTYPE
-- cost     O(n) for n processes
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 3, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('ZRANGE', KEYS[1], 0, -1)

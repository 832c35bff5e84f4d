-- Counts one request of @nestjs/throttler: each counted request expires by itself after its ttl.
-- KEYS[1]  the record, a sorted set by end time (Unix time in ms): a member for each counted request; 'window' and 'block'
-- ARGV[1]  not-after: the last microsecond (Unix time) at which the script may change anything
-- ARGV[2]  id of the request: a repetition with the same id is not counted again
-- ARGV[3]  ttl in milliseconds
-- ARGV[4]  limit
-- ARGV[5]  how long a request beyond the limit blocks later ones, in milliseconds; 0 blocks only until the oldest request expires
-- reply    status (0 decided, 1 late), the server time in microseconds; if decided: requests counted, milliseconds until the window
--          ends, 1 if the request is blocked, milliseconds until the block ends
-- errors   WRONGTYPE
-- cost     O(log(limit)), and O(1) for each request that has expired
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
if nowUs > tonumber(ARGV[1]) then return { 1, nowUs } end

local key, id, ttl, limit, block = KEYS[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = math.floor(nowUs / 1000)
local window = tonumber(redis.call('ZSCORE', key, 'window') or 0)
local blocked = tonumber(redis.call('ZSCORE', key, 'block') or 0)
if block > 0 and blocked > 0 and blocked <= now then
  -- A block that has ended clears the count.
  redis.call('DEL', key)
  if window > now then redis.call('ZADD', key, window, 'window') end
end
redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
if window <= now then
  window = now + ttl
  redis.call('ZADD', key, window, 'window')
end
local hits = redis.call('ZCARD', key) - 1
if blocked > now then hits = hits - 1 end
local function hit()
  if redis.call('ZADD', key, now + ttl, id) == 1 then hits = hits + 1 end
end

local isBlocked, free = false, now
if block > 0 then
  if blocked <= now then
    if not redis.call('ZSCORE', key, id) then hit() end
    if hits > limit then
      blocked = now + block
      redis.call('ZADD', key, blocked, 'block')
    end
  end
  if blocked > now then isBlocked, free = true, blocked end
elseif not redis.call('ZSCORE', key, id) then
  isBlocked = hits >= limit
  if isBlocked then
    free = window
    local first = redis.call('ZRANGE', key, 0, 2, 'WITHSCORES')
    for i = #first - 1, 1, -2 do
      if first[i] ~= 'window' and first[i] ~= 'block' then free = tonumber(first[i + 1]) end
    end
    hits = hits + 1
  else
    hit()
  end
end
redis.call('PEXPIREAT', key, redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
return { 0, nowUs, hits, window - now, isBlocked and 1 or 0, free - now }

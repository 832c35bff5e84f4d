-- Removes values and ends the leases of their keys. Passes even if the memory limit is reached. One command reads all
-- leases and one removes all values, because a command per key would cost several times as much.
-- KEYS     the values, then their leases in the same order; together at most 7000, which Lua can pass to a command
-- ARGV[1]  the channel that is notified if a load waits
-- ARGV[2]  the length in bytes of the prefix of the store: the message is the key without it
-- reply    how many of the values existed
-- cost     O(number of keys)
local count = #KEYS / 2
local leases = redis.call('MGET', unpack(KEYS, count + 1))
local removed = redis.call('UNLINK', unpack(KEYS, 1, count))
for i, lease in ipairs(leases) do
  if lease then
    redis.call('DEL', KEYS[count + i])
    -- The change of the key must not fail because the user may not publish.
    if string.sub(lease, -2) == ' w' then redis.pcall('PUBLISH', ARGV[1], string.sub(KEYS[i], ARGV[2] + 1)) end
  end
end
return removed

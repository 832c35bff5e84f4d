local function end_lease(key, channel, name)
  local lease = key and redis.call('GET', key)
  if not lease then return end
  redis.call('DEL', key)
  -- The change of the key must not fail because the user may not publish.
  if string.sub(lease, -2) == ' w' then redis.pcall('PUBLISH', channel, name) end
end


local function store(key, bytes, ttl)
  if ttl == '' then return redis.pcall('SET', key, bytes) end
  return redis.pcall('SET', key, bytes, 'PX', ttl)
end


-- Stores the records of a key until `last`, when all of them have expired. Expects `key`, `records` and `last`.
if last > now then
  redis.call('SET', key, VERSION .. records, 'PX', format('%d', max(1, ceil((last - now) / 1000))))
else
  redis.call('DEL', key)
end

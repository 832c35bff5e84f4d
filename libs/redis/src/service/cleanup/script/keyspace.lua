-- Returns how many keys all databases of the server have, and how many of them expire.
-- KEYS[1]  any key, which selects the server
-- reply    the number of keys and the number of keys that expire; -1 twice if the user may not run INFO
-- cost     O(number of databases)
local info = redis.pcall('INFO', 'keyspace')
if type(info) ~= 'string' then return { -1, -1 } end
local keys, expires = 0, 0
for each, expiring in string.gmatch(info, 'keys=(%d+),expires=(%d+)') do
  keys, expires = keys + each, expires + expiring
end
return { keys, expires }

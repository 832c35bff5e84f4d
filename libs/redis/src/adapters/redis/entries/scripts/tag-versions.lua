-- Reads the versions of tags of a namespace, with its floor: a flush removes the versions of its tags.
-- KEYS[1]  the table of the namespace
-- KEYS[2]  the tag versions, a hash
-- ARGV[1]  and further: the fields
-- reply    the table, nil if it is missing; then the version of each field, nil if it has none
-- errors   WRONGTYPE
-- cost     O(number of fields)
local reply = { redis.call('GET', KEYS[1]) }
for i, field in ipairs(ARGV) do reply[i + 1] = redis.call('HGET', KEYS[2], field) end
return reply

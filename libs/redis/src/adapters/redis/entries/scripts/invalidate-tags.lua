-- Issues a version and records it for tags of the own table.
-- KEYS     the tables, the root first, the own one last; then the tag versions of each, a hash
-- ARGV[1]  the newest version that the caller has seen
-- ARGV[2]  the end of the name of each field: empty, or '~' if entries stay usable when a load fails
-- ARGV[3]  and further: the tags
-- reply    the tables as texts
-- errors   WRONGTYPE
-- cost     O(number of tags)
--@include tables.part.lua
local version = issue(ARGV[1])
tables[count][3] = version
local texts = save()
for i = 3, #ARGV do
  redis.call('HSET', KEYS[2 * count], ARGV[i] .. ARGV[2], string.format('%.0f', version))
end
return texts

-- Issues a version and makes it the floor of the own table. Its tag versions are removed, because the floor is newer.
-- KEYS     the tables, the root first, the own one last; then the tag versions of each
-- ARGV[1]  the newest version that the caller has seen
-- reply    the tables as texts
-- errors   WRONGTYPE
-- cost     O(number of tables)
--@include tables.part.lua
tables[count][1] = issue(ARGV[1])
tables[count][2] = math.abs(tables[count][2])
redis.call('UNLINK', KEYS[2 * count])
return save()

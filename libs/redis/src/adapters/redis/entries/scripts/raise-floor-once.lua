-- Like raise-floor.lua, once for each event. The sweep of the floor keeps counters and hashes: the second number of the
-- own table is negative until it ends. The newest 32 events are remembered.
-- KEYS     the tables, the root first, the own one last; then the tag versions of each; then the events of the own table
-- ARGV[1]  the newest version that the caller has seen
-- ARGV[2]  the event
-- reply    the tables as texts; an empty list without a change if the floor was raised for the event before
-- errors   WRONGTYPE
-- cost     O(number of tables)
local newest = { ARGV[2] }
for event in string.gmatch(redis.call('GET', KEYS[#KEYS]) or '', '%S+') do
  if event == ARGV[2] then return {} end
  if #newest < 32 then newest[#newest + 1] = event end
end
--@include tables.part.lua
tables[count][1] = issue(ARGV[1])
tables[count][2] = -math.abs(tables[count][2])
redis.call('UNLINK', KEYS[2 * count])
-- After DEL, SET passes even if the memory limit is reached.
redis.call('DEL', KEYS[#KEYS])
redis.call('SET', KEYS[#KEYS], table.concat(newest, ' '))
return save()

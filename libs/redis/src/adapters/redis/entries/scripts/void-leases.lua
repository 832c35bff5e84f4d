-- Ends leases, because something else changes their keys.
-- KEYS     the leases
-- ARGV[1]  the channel that is notified if a load waits
-- ARGV[2]  and further: the message of each lease
-- reply    1
-- errors   WRONGTYPE
-- cost     O(number of keys)
--@include end-lease.part.lua
for i, key in ipairs(KEYS) do end_lease(key, ARGV[1], ARGV[i + 1]) end
return 1

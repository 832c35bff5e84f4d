-- Reads the version tables of a scope and creates those that are missing. Every entry from before such a table is invalid.
-- KEYS     the tables, the root first: '<floor> <swept> <tagged>', and ' <clock>' for the root; then the tag versions of each
-- reply    the tables as texts
-- errors   WRONGTYPE
-- cost     O(number of tables)
--@include tables.part.lua
return save()

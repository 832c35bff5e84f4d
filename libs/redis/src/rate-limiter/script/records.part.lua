-- The state of a key: a version byte, then one record per policy. A record: length of the name, name, algorithm, time of the last
-- change, expiry, blocked until, length of the body, body.
local VERSION = '\1'
local HEAD = '>Bc0BdddH'
local HEAD_BYTES = 28 -- size of the head without the name
local GCRA_BYTES = 16 -- size of the body of GCRA

--@inline
local function gcraRecord(name, moment, stop, blocked, capacity, level)
  return pack('>Bc0BdddHdd', #name, name, GCRA, moment, stop, blocked, GCRA_BYTES, capacity, level)
end

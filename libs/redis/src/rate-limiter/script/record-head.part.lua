-- The record at `pos` of a state of `size` bytes; `body` is the position of its body. A truncated state ends the loop that includes
-- this: it starts empty, like a state of another version.
if pos + byte(state, pos) + HEAD_BYTES - 1 > size then break end
local name, kind, written, stop, blockedUntil, length, body = unpack(HEAD, state, pos)
if body + length - 1 > size then break end

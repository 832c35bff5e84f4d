--@inline
local function is_held(lease, token)
  return string.sub(lease or '', 1, #token + 1) == token .. ' '
end


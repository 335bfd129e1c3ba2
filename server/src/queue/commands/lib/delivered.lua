-- What the consumer group was given, and whether an entry is in somebody's hands.

-- Whether entry a comes after entry b.
local function is_after(a, b)
  local a_ms, a_seq = string.match(a, '(%d+)%-(%d+)')
  local b_ms, b_seq = string.match(b, '(%d+)%-(%d+)')
  if a_ms ~= b_ms then return tonumber(a_ms) > tonumber(b_ms) end
  return tonumber(a_seq) > tonumber(b_seq)
end

-- The last entry that any worker was given; nil without a stream or group, which is made from the beginning again.
local function last_delivered()
  local groups = redis.pcall('XINFO', 'GROUPS', key.stream)
  for _, info in ipairs(groups.err and {} or groups) do
    local g = {}
    for i = 1, #info, 2 do g[info[i]] = info[i + 1] end
    if g.name == GROUP then return g['last-delivered-id'] end
  end
end

-- Whether an entry that is there will be read, or is in somebody's hands. `given` is the last one that was handed out.
local function is_held(entry, given)
  if not given or is_after(entry, given) then return true end
  return #redis.call('XPENDING', key.stream, GROUP, entry, entry, 1) == 1
end

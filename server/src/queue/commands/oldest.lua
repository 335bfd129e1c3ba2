#!lua flags=no-writes
--! include ../../events/commands/lib/record
--! keys queued processing retrying
--! args event_prefix most
-- When the oldest event that is not settled was received or last replayed. The indexes know the former only, so it looks at
-- `most` events of each status, the longest known first, until none of the others can be older.
-- Answers that time in ms since the epoch, or nil when everything is settled.
local oldest
for _, index in pairs(key) do
  local rows = redis.call('ZRANGE', index, 0, arg.most - 1, 'WITHSCORES')
  for i = 1, #rows, 2 do
    local received = tonumber(rows[i + 1])
    if oldest and received >= oldest then break end
    local fresh = tonumber(read(arg.event_prefix .. rows[i], 'fresh').fresh or received)
    oldest = math.min(oldest or fresh, fresh)
  end
end
return oldest

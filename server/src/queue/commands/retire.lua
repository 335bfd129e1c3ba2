#!lua flags=allow-oom
--! keys stream
--! args group consumer idle_ms
-- Removes a consumer that owns nothing and was idle for at least `idle_ms`: checked and deleted in one step, because
-- deleting a consumer throws its pending entries away.
-- Answers `retired`, `busy` or `missing`.
local consumers = redis.pcall('XINFO', 'CONSUMERS', key.stream, arg.group)
-- No stream or no group: nobody has ever read from it, or it was destroyed.
if consumers.err then return 'missing' end
for _, info in ipairs(consumers) do
  local c = {}
  for i = 1, #info, 2 do c[info[i]] = info[i + 1] end
  if c.name == arg.consumer then
    if c.pending > 0 or c.idle < tonumber(arg.idle_ms) then return 'busy' end
    redis.call('XGROUP', 'DELCONSUMER', key.stream, arg.group, arg.consumer)
    return 'retired'
  end
end
return 'missing'

#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys stream queued processing failed changes counters
--! args event_prefix owner lease_ms from limit max_deliveries
-- Takes over entries whose worker gave no sign of life for `lease_ms`. Each goes back into the queue under a new entry,
-- so that any worker gets it the usual way; an event that `max_deliveries` workers died of is dead-lettered as `poison`.
-- It looks at ten times `limit` entries from `from` on, an entry's id, and at no more.
-- Answers {how many entries were taken over, how many of their events are poison, how many entries had lost their text, where
-- to go on, which is `0-0` at the end}.
local reply = redis.pcall('XAUTOCLAIM', key.stream, GROUP, arg.owner, arg.lease_ms, arg.from, 'COUNT', arg.limit, 'JUSTID')
-- No stream or no group: nothing was handed out, or it was destroyed, which is told by `watch`.
if reply.err then return string.find(reply.err, 'NOGROUP', 1, true) and { 0, 0, 0, '0-0' } or redis.error_reply(reply.err) end
local taken, poison, lost = reply[2], 0, reply[3] and #reply[3] or 0
local now = now_ms()
local LOST = '"u","worker_lost","The worker went away during this attempt.","",0]'
for _, entry in ipairs(taken) do
  local found = redis.call('XRANGE', key.stream, entry, entry)[1]
  local id = found and found[2][2]
  local event = id and arg.event_prefix .. id
  local e = event and read(event, 'entry', 'updated', 'deaths', unpack(SETTLE_FIELDS)) or {}
  drop_entry(entry)
  if e.entry ~= entry then
    -- The event has moved on without this entry.
  elseif e.status == 'queued' then
    -- Read, but never begun: nobody died of it.
    redis.call('HSET', event, 'entry', add_entry_again(id, event))
  elseif e.status == 'processing' then
    local deaths = e.deaths + 1
    local line = '["a",' .. e.updated .. ',' .. math.max(0, now - e.updated) .. ',' .. LOST
    local attempts = e.attempts + 1
    if deaths >= tonumber(arg.max_deliveries) then
      poison = poison + 1
      line = line .. '\n["dead_lettered",' .. now .. ',"poison"]'
      local kept = read(event, 'payload', 'headers')
      settle(id, event, e, 'failed', now, {
        attempts = attempts, history = with_lines(e.history, line),
        payload = kept.payload, headers = kept.headers, sum = sum_of(kept.payload),
        error = 'poison\n' .. deaths .. ' workers went away while they had this event.',
      })
    else
      move(id, event, 'processing', 'queued', e.received, now, {
        'owner', '', 'deaths', deaths, 'attempts', attempts, 'entry', add_entry_again(id, event), 'history', with_lines(e.history, line),
      })
    end
  end
end
return { #taken, poison, lost, reply[1] }

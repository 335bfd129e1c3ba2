#!lua flags=no-writes
--! include ../../events/commands/lib/record lib/event lib/delivered
--! keys stream due queued processing retrying sent failed counters
--! args part event_prefix ids after limit
-- Looks at one page of the books of one partition in one step, so that an event on the move is never seen half-way.
-- `part` says at what, and what the answer is:
--   totals   {{queued, processing, retrying, sent, failed}, {counter, value, …}}
--   events   the events that `ids` (a JSON list) names: {how many of them have a record, mistakes}
--   entries  `limit` entries of the stream that come after the entry `after`: {where to go on or '', mistakes}
--   pending  `limit` entries of the pending list that come after the entry `after`: {where to go on or '', mistakes}
-- A mistake is {its kind, whose, what was found}; the kinds are explained in mistakes.ts.
local STATUSES = { 'queued', 'processing', 'retrying', 'sent', 'failed' }
local mistakes = {}

local function must(holds, kind, whose, found)
  if not holds then mistakes[#mistakes + 1] = { kind, whose, found or '' } end
end

local function entry_at(entry)
  local found = redis.pcall('XRANGE', key.stream, entry, entry)
  return not found.err and found[1]
end

local function check_event(id)
  local e = read(arg.event_prefix .. id, 'status', 'entry', 'owner', 'received')
  local named = {}
  for _, status in ipairs(STATUSES) do
    local at = redis.call('ZSCORE', key[status], id)
    if at then
      named[#named + 1] = status
      if e.status then must(tonumber(at) == tonumber(e.received), 'listed_at', id, status .. ' at ' .. at) end
    end
  end
  local listed = table.concat(named, ' and ')
  local due = redis.call('ZSCORE', key.due, id)
  if not e.status then
    if due then named[#named + 1] = 'due' end
    must(#named == 0, 'no_record', id, table.concat(named, ' and '))
    return false
  end

  must(listed == e.status, 'listed_as', id, e.status .. ', listed as ' .. (listed == '' and 'nothing' or listed))
  local waits = e.status == 'queued' or e.status == 'processing'
  local entry = e.entry and e.entry ~= '' and e.entry
  if waits then
    local at = entry and entry_at(entry)
    must(at and at[2][2] == id, 'no_entry', id, e.status)
  else
    must(not entry, 'extra_entry', id, e.status)
  end
  if e.status == 'retrying' then must(due, 'no_due_time', id) else must(not due, 'extra_due_time', id, e.status) end
  must((e.status == 'processing') == (e.owner and e.owner ~= '' or false), 'owner', id, e.status)
  return true
end

-- The last entry of a full page. A page that is not full is the last one: on a live system there is always a newer entry.
local function go_on_after(rows)
  return #rows == tonumber(arg.limit) and rows[#rows][1] or ''
end

local parts = {}

function parts.totals()
  local counts = {}
  for i, status in ipairs(STATUSES) do counts[i] = redis.call('ZCARD', key[status]) end
  return { counts, redis.call('HGETALL', key.counters) }
end

function parts.events()
  local records = 0
  for _, id in ipairs(cjson.decode(arg.ids)) do
    if check_event(id) then records = records + 1 end
  end
  return { records, mistakes }
end

function parts.entries()
  local given = last_delivered()
  local rows = redis.call('XRANGE', key.stream, '(' .. arg.after, '+', 'COUNT', arg.limit)
  for _, row in ipairs(rows) do
    local entry, id = row[1], row[2][2] or ''
    must(read(arg.event_prefix .. id, 'entry').entry == entry, 'stray_entry', entry, id)
    must(is_held(entry, given), 'unread_entry', entry, id)
  end
  return { go_on_after(rows), mistakes }
end

function parts.pending()
  local rows = redis.pcall('XPENDING', key.stream, GROUP, '(' .. arg.after, '+', arg.limit)
  -- Without a stream or group nothing is pending.
  if rows.err then rows = {} end
  for _, row in ipairs(rows) do
    must(entry_at(row[1]), 'pending_without_entry', row[1], 'pending with ' .. row[2])
  end
  return { go_on_after(rows), mistakes }
end

return parts[arg.part]()

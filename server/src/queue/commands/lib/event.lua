-- What every command that moves an event has in common. Times are Redis' own, in ms.
local GROUP = 'herald'
local CHANGES_KEPT, CHANGES_TOLD_AT_ONCE = 300, 4
-- Of a history that is cut the last replays stay, because each is known by its nonce for as long as the event is.
local HISTORY_BYTES, REPLAYS_KEPT, REPLAYS_BYTES = 65536, 8, 1024
local REPLAYED = '["replayed",'
-- So many hex digits of a body's SHA-1 tell whether another one is the same.
local SUM_DIGITS = 16

local TYPES = {
  stream = 'stream', changes = 'stream', counters = 'hash', epoch = 'hash', due = 'zset', seen = 'string',
  queued = 'zset', processing = 'zset', retrying = 'zset', sent = 'zset', failed = 'zset',
}

local function sentence_of_foreign(text, kind)
  return 'WRONGTYPE ' .. text .. ' is a ' .. kind .. '; nothing was changed'
end

-- Lua has no rollback: a key of a foreign type must be found before the first write. A sentence, or nil when all is well.
local function foreign_key()
  for name, text in pairs(key) do
    local kind = redis.call('TYPE', text).ok
    if kind ~= 'none' and kind ~= TYPES[name] then return sentence_of_foreign(text, kind) end
  end
end
local foreign = foreign_key()
if foreign then return redis.error_reply(foreign) end

-- As `read`, of the run's own event; raises when there is something else in its place.
local function read_own(...)
  local fields, foreign_kind = read(key.event, ...)
  if foreign_kind then error({ err = sentence_of_foreign(key.event, foreign_kind) }) end
  return fields
end

-- All that a script does happens at once.
local now
local function now_ms()
  if not now then
    local t = redis.call('TIME')
    now = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  return now
end

-- A whole number as text: Redis would print it with 17 digits' worth of care, each time it is handed one.
local function text_of(number)
  return string.format('%.0f', number)
end

-- What is the same for all events that a script moves is written once, at its end: Redis takes longer to call a command than to
-- do what it says. Nothing in between asks for it.
local counted, told, given_up = {}, {}, {}
local members_gone, members_come = {}, {}

local function count(name, by)
  counted[name] = (counted[name] or 0) + by
end

local function put(index, score, id)
  local members = members_come[index] or {}
  members_come[index] = members
  members[#members + 1] = score
  members[#members + 1] = id
end

local function take(index, id)
  local members = members_gone[index] or {}
  members_gone[index] = members
  members[#members + 1] = id
end

-- Calls with so many arguments at the most: Lua cannot unpack thousands. `...` goes before them.
local function call_with(arguments, at_once, ...)
  local start = { ... }
  for i = 1, #arguments, at_once do
    local all = { unpack(start) }
    for j = i, math.min(#arguments, i + at_once - 1) do all[#all + 1] = arguments[j] end
    redis.call(unpack(all))
  end
end

after = function()
  for index, ids in pairs(members_gone) do call_with(ids, 1000, 'ZREM', key[index]) end
  for index, members in pairs(members_come) do call_with(members, 1000, 'ZADD', key[index]) end
  call_with(given_up, 1000, 'XACK', key.stream, GROUP)
  call_with(given_up, 1000, 'XDEL', key.stream)
  for name, by in pairs(counted) do redis.call('HINCRBY', key.counters, name, by) end
  call_with(told, 2 * CHANGES_TOLD_AT_ONCE, 'XADD', key.changes, 'MAXLEN', '~', CHANGES_KEPT, '*')
end

local function sum_of(payload)
  return string.sub(redis.sha1hex(payload), 1, SUM_DIGITS)
end

-- The history with more lines at its end; the oldest go when it grows past its limit.
local function with_lines(history, lines)
  local text = history and history ~= '' and (history .. '\n' .. lines) or lines
  if #text <= HISTORY_BYTES then return text end
  local cut = string.find(text, '\n', #text - HISTORY_BYTES + REPLAYS_BYTES, true)
  if not cut then return text end
  local replays = {}
  for line in string.gmatch(string.sub(text, 1, cut - 1), '[^\n]+') do
    if string.sub(line, 1, #REPLAYED) == REPLAYED then replays[#replays + 1] = line end
  end
  local kept = { unpack(replays, math.max(1, #replays - REPLAYS_KEPT + 1)) }
  kept[#kept + 1] = string.sub(text, cut + 1)
  return table.concat(kept, '\n')
end

-- Tells the status indexes and the live updates.
local function tell(id, from, to, received)
  if from ~= to then
    if from then take(from, id) end
    put(to, received, id)
  end
  told[#told + 1] = id
  told[#told + 1] = to
end

-- Moves an event to a status in which it is under way. `changed` is a list of further fields.
local function move(id, event, from, to, received, now, changed)
  redis.call('HSET', event, 'status', to, 'updated', now, unpack(changed))
  tell(id, from, to, received)
end

-- What `settle` must know of an event besides what it is given.
local SETTLE_FIELDS = { 'status', 'type', 'user', 'order', 'attempts', 'received', 'round', 'history' }

-- Moves an event to a status in which it stays: its record is packed, without what only events under way need.
local function settle(id, event, e, to, now, changed)
  local from = e.status
  e.status, e.updated = to, now
  for name, value in pairs(changed) do e[name] = value end
  local values = {}
  for i, name in ipairs(PACKED) do values[i] = tostring(e[name] or '') end
  redis.call('SET', event, cmsgpack.pack(unpack(values)))
  tell(id, from, to, e.received)
end

-- A worker asks for few events at once when their payloads are large, so an entry tells how large, if it is more than this (bytes).
local SMALL_PAYLOAD = 4096

local function add_entry(id, payload_bytes)
  if payload_bytes <= SMALL_PAYLOAD then return redis.call('XADD', key.stream, '*', 'id', id) end
  return redis.call('XADD', key.stream, '*', 'id', id, 'bytes', payload_bytes)
end

-- As `add_entry`, for an event that is there.
local function add_entry_again(id, event)
  return add_entry(id, redis.call('HSTRLEN', event, 'payload'))
end

-- A settled or postponed event has no entry: acknowledged and deleted together, so the stream's length is the backlog.
local function drop_entry(entry)
  if entry and entry ~= '' then
    given_up[#given_up + 1] = entry
  end
end

-- What every command that moves an event has in common. Times are Redis' own, in ms.
local GROUP = 'herald'
local CHANGES_KEPT, CHANGES_TOLD_AT_ONCE = 300, 4
local HISTORY_BYTES = 65536
-- So many hex digits of a body's SHA-1 tell whether another one is the same.
local SUM_DIGITS = 16

local TYPES = {
  stream = 'stream', changes = 'stream', counters = 'hash', epoch = 'hash', due = 'zset', open = 'zset', seen = 'string',
  queued = 'zset', processing = 'zset', retrying = 'zset', sent = 'zset', failed = 'zset',
}

local function is_foreign(text, kind)
  return 'WRONGTYPE ' .. text .. ' is a ' .. kind .. '; nothing was changed'
end

-- Lua has no rollback: a key of a foreign type must be found before the first write. A sentence, or nil when all is well.
local function foreign_key()
  for name, text in pairs(key) do
    local kind = redis.call('TYPE', text).ok
    if kind ~= 'none' and kind ~= TYPES[name] then return is_foreign(text, kind) end
  end
end
local foreign = foreign_key()
if foreign then return redis.error_reply(foreign) end

-- As `read`, of the run's own event; raises when there is something else in its place.
local function read_own(...)
  local fields, foreign_kind = read(key.event, ...)
  if foreign_kind then error({ err = is_foreign(key.event, foreign_kind) }) end
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

-- What a script counts and tells is written at its end, however many events it moves. The log of changes is capped by its
-- entries, so each tells of few.
local counted, told = {}, {}

local function count(name, by)
  counted[name] = (counted[name] or 0) + by
end

after = function()
  for name, by in pairs(counted) do
    redis.call('HINCRBY', key.counters, name, by)
  end
  for i = 1, #told, 2 * CHANGES_TOLD_AT_ONCE do
    local last = math.min(#told, i + 2 * CHANGES_TOLD_AT_ONCE - 1)
    redis.call('XADD', key.changes, 'MAXLEN', '~', CHANGES_KEPT, '*', unpack(told, i, last))
  end
end

local function sum_of(payload)
  return string.sub(redis.sha1hex(payload), 1, SUM_DIGITS)
end

-- The history with more lines at its end; the oldest go when it grows past its limit.
local function with_lines(history, lines)
  local text = history and history ~= '' and (history .. '\n' .. lines) or lines
  while #text > HISTORY_BYTES do
    local first = string.find(text, '\n', 1, true)
    if not first then break end
    text = string.sub(text, first + 1)
  end
  return text
end

-- Tells the status indexes and the live updates.
local function tell(id, from, to, received)
  if from ~= to then
    if from then redis.call('ZREM', key[from], id) end
    redis.call('ZADD', key[to], received, id)
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
  redis.call('ZREM', key.open, id)
  redis.call('SET', event, cmsgpack.pack(unpack(values)))
  tell(id, from, to, e.received)
end

local function add_entry(id)
  return redis.call('XADD', key.stream, '*', 'id', id)
end

-- A settled or postponed event has no entry: acknowledged and deleted together, so the stream's length is the backlog.
local function drop_entry(entry)
  if entry and entry ~= '' then
    redis.call('XACK', key.stream, GROUP, entry)
    redis.call('XDEL', key.stream, entry)
  end
end

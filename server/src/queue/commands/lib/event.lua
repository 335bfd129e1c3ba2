-- What every command that moves an event has in common. Times are Redis' own, in ms.
local GROUP = 'herald'
local CHANGES_KEPT = 1000
local HISTORY_BYTES = 65536

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- The fields of an event by name; a missing field is false, a missing event has no status.
local function read(event, ...)
  local names, fields = { ... }, {}
  local values = redis.call('HMGET', event, ...)
  for i, name in ipairs(names) do fields[name] = values[i] end
  return fields
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

-- Moves an event between the status indexes and tells the live updates. `changed` is a list of further fields.
local function move(id, event, from, to, received, now, changed)
  if from ~= to then
    if from then redis.call('ZREM', key[from], id) end
    redis.call('ZADD', key[to], received, id)
  end
  redis.call('HSET', event, 'status', to, 'updated', now, unpack(changed))
  redis.call('XADD', key.changes, 'MAXLEN', '~', CHANGES_KEPT, '*', 'id', id, 'status', to)
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

-- How a record is kept: as a hash while its event is under way, because parts of it change all the time; packed into one
-- string once it is settled, because then it stays for days and a hash would take three times the memory.

-- The order of the fields in a packed record. `sum` tells whether a body is the same; `content` is payload and headers
-- compressed by `packContent` in content.ts, in whose stead `payload` and `headers` are empty.
local PACKED = { 'status', 'type', 'user', 'order', 'attempts', 'received', 'updated', 'round', 'error', 'history', 'sum',
  'payload', 'headers', 'content' }

-- The fields of an event by name; of a hash only those asked for. A missing field is falsy, a missing event has no status.
local function read(event, ...)
  local kind = redis.call('TYPE', event).ok
  if kind ~= 'hash' and kind ~= 'string' then return {} end
  local names, fields = kind == 'hash' and { ... } or PACKED, {}
  local values = kind == 'hash' and redis.call('HMGET', event, ...) or { cmsgpack.unpack(redis.call('GET', event)) }
  for i, name in ipairs(names) do fields[name] = values[i] end
  return fields
end

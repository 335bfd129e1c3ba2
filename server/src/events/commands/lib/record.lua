-- How a record is kept: as a hash while its event is under way, because parts of it change all the time; packed into one
-- string once it is settled, because then it stays for days and a hash would take three times the memory.

-- The order of the fields in a packed record. `sum` tells whether a body is the same; `content` is payload and headers
-- compressed by `packContent` in content.ts, in whose stead `payload` and `headers` are empty.
local PACKED = { 'status', 'type', 'user', 'order', 'attempts', 'received', 'updated', 'round', 'error', 'history', 'sum',
  'payload', 'headers', 'content' }

-- Numbers that begin at zero are not kept until they are more.
local BEGINS_AS = { attempts = '0', failures = '0', deaths = '0', round = '0', generation = '0' }

-- The fields of an event by name; of a hash only those asked for. A missing field is falsy, a missing event has no status. What
-- is neither counts as missing, and how it is called is the second answer.
local function read(event, ...)
  local names, values = { ... }, redis.pcall('HMGET', event, ...)
  if values.err then
    local kind = redis.call('TYPE', event).ok
    if kind ~= 'string' then return {}, kind end
    names, values = PACKED, { cmsgpack.unpack(redis.call('GET', event)) }
  end
  local fields = {}
  for i, name in ipairs(names) do fields[name] = values[i] or BEGINS_AS[name] end
  return fields
end

-- Of a packed record, what makes a summary comes first: so many fields, which mostly fit into so many bytes. Content may be
-- a thousand times as long.
local HEAD_FIELDS, HEAD_BYTES = 9, 2048

-- As `read`, for fields of the summary only, without looking at the content of a packed record.
local function read_head(event, ...)
  if redis.call('TYPE', event).ok ~= 'string' then return read(event, ...) end
  local text = redis.call('GETRANGE', event, 0, HEAD_BYTES - 1)
  local values = { pcall(cmsgpack.unpack_limit, text, HEAD_FIELDS) }
  if not values[1] then return read(event, ...) end
  local fields = {}
  -- Before the values come whether it went well and where the next one begins.
  for i = 1, HEAD_FIELDS do fields[PACKED[i]] = values[i + 2] end
  return fields
end

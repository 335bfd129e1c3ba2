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
    values = { pcall(cmsgpack.unpack, redis.call('GET', event)) }
    if not table.remove(values, 1) then return {}, kind end
    names = PACKED
  end
  local fields = {}
  for i, name in ipairs(names) do fields[name] = values[i] or BEGINS_AS[name] end
  return fields
end

-- Of a packed record, what makes a summary comes first, then history and sum: so many fields, which mostly fit into so many bytes.
-- Content may be a thousand times as long.
local SUMMARY_FIELDS, SUMMARY_BYTES = 9, 2048
local FIELDS_BEFORE_CONTENT, BYTES_BEFORE_CONTENT = 11, 4096

-- As `read`, of a packed record only the first `count` fields, for which `bytes` mostly suffice.
local function read_first(count, bytes, event, ...)
  if redis.call('TYPE', event).ok ~= 'string' then return read(event, ...) end
  local text = redis.call('GETRANGE', event, 0, bytes - 1)
  local values = { pcall(cmsgpack.unpack_limit, text, count) }
  if not values[1] then return read(event, ...) end
  local fields = {}
  -- Before the values come whether it went well and where the next one begins.
  for i = 1, count do fields[PACKED[i]] = values[i + 2] end
  return fields
end

-- As `read`, for fields of the summary only.
local function read_head(event, ...)
  return read_first(SUMMARY_FIELDS, SUMMARY_BYTES, event, ...)
end

-- As `read`, for all that is not content.
local function read_without_content(event, ...)
  return read_first(FIELDS_BEFORE_CONTENT, BYTES_BEFORE_CONTENT, event, ...)
end

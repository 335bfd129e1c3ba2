#!lua flags=no-writes
--! include lib/record
--! keys queued processing retrying sent failed
--! args event_prefix statuses before_ms before_id from_ms limit
-- Reads the newest events of one partition in one step, so that an event on the move is seen exactly once: those of the
-- given statuses (words with spaces between) that come after (before_ms, before_id) in the order newest first.
-- Answers {{id, received, fields…}, …}; the order of the fields is that of SUMMARY_FIELDS in record.ts.
local NAMES = { 'type', 'status', 'user', 'order', 'attempts', 'received', 'updated', 'error' }
local limit = tonumber(arg.limit)
local found = {}

-- `<` on texts goes by the server's locale; the indexes and the caller go by bytes.
local function less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

for status in string.gmatch(arg.statuses, '%a+') do
  local offset, taken = 0, 0
  repeat
    local rows = redis.call('ZREVRANGEBYSCORE', key[status], arg.before_ms, arg.from_ms, 'WITHSCORES',
      'LIMIT', offset, limit)
    for i = 1, #rows, 2 do
      if taken < limit and (rows[i + 1] ~= arg.before_ms or less(rows[i], arg.before_id)) then
        taken = taken + 1
        found[#found + 1] = { rows[i], rows[i + 1] }
      end
    end
    offset = offset + limit
  until taken >= limit or #rows < limit * 2
end
table.sort(found, function(a, b)
  if a[2] ~= b[2] then return tonumber(a[2]) > tonumber(b[2]) end
  return less(b[1], a[1])
end)
local page = {}
for i = 1, math.min(limit, #found) do
  local fields = read_head(arg.event_prefix .. found[i][1], unpack(NAMES))
  local row = { found[i][1], found[i][2] }
  for _, name in ipairs(NAMES) do row[#row + 1] = fields[name] or false end
  page[i] = row
end
return page

#!lua flags=no-writes
--! include lib/record
--! keys event
--! args names
-- Reads the named fields of a summary (words with spaces between), or all fields of a record when no name is given.
-- Answers {name, value, …} of those that there are; nothing when there is no such event.
if arg.names == '' and redis.call('TYPE', key.event).ok == 'hash' then
  local all = {}
  for name, number in pairs(BEGINS_AS) do
    all[#all + 1] = name
    all[#all + 1] = number
  end
  -- Of a name that comes twice, the last counts.
  for _, text in ipairs(redis.call('HGETALL', key.event)) do all[#all + 1] = text end
  return all
end
local names = PACKED
if arg.names ~= '' then
  names = {}
  for name in string.gmatch(arg.names, '%a+') do names[#names + 1] = name end
end
local read_some = arg.names == '' and read or read_head
local fields, found = read_some(key.event, unpack(names)), {}
for _, name in ipairs(names) do
  if fields[name] then
    found[#found + 1] = name
    found[#found + 1] = fields[name]
  end
end
return found

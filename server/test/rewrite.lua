#!lua
--! include ../src/events/commands/lib/record
--! keys event
--! args names values
-- Gives fields of a settled record other values; both arguments are texts with spaces between.
local e, values = read(key.event), string.gmatch(arg.values, '%S+')
for name in string.gmatch(arg.names, '%a+') do e[name] = values() end
local packed = {}
for i, name in ipairs(PACKED) do packed[i] = e[name] end
redis.call('SET', key.event, cmsgpack.pack(unpack(packed)))
return 'rewritten'

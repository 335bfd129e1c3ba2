#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys stream epoch
--! args id
-- Sees to it that the partition has its consumer group, from the beginning of its stream, and an epoch: a name that lasts as
-- long as the data does, and a count that goes up with every look, so that data of an earlier moment is known by it.
-- Answers {name, count, now, 'there' or 'made'}: whether the group had to be made although there was an epoch.
local groups = redis.pcall('XINFO', 'GROUPS', key.stream)
local there = false
for _, info in ipairs(groups.err and {} or groups) do
  if info[2] == GROUP then there = true end
end
if not there then redis.call('XGROUP', 'CREATE', key.stream, GROUP, '0', 'MKSTREAM') end
local known = redis.call('HSETNX', key.epoch, 'name', arg.id) == 0
local count = redis.call('HINCRBY', key.epoch, 'count', 1)
return { redis.call('HGET', key.epoch, 'name'), count, now_ms(), known and not there and 'made' or 'there' }

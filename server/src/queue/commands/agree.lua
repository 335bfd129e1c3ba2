#!lua flags=allow-oom
--! keys meta
--! args was_partitions was_version partitions version
-- Writes down what every process must agree on, unless somebody else has changed it meanwhile. `was_…` is what the
-- caller has read before; empty texts when there was nothing.
-- Answers {partitions, version} as they stand now.
local stands = redis.call('HMGET', key.meta, 'partitions', 'version')
if (stands[1] or '') == arg.was_partitions and (stands[2] or '') == arg.was_version then
  redis.call('HSET', key.meta, 'partitions', arg.partitions, 'version', arg.version)
  return { arg.partitions, arg.version }
end
return stands

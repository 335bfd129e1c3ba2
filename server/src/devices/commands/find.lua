#!lua flags=no-writes
--! include lib/topics lib/device
--! keys device
--! args tag hash
-- One device: Redis' time, its fields (none when it is not registered) and its owners.
return { now_ms(), redis.call('HGETALL', key.device), owners_of(arg.hash) }

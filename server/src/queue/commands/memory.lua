#!lua flags=no-writes
--! keys stream
-- How much memory the Redis of this partition uses, and how much it may: a script, because its key finds the right node of
-- a Redis Cluster.
-- Answers {bytes used, bytes allowed or 0}.
local info = redis.call('INFO', 'memory')
local function field(name) return tonumber(string.match(info, '\n' .. name .. ':(%d+)')) or 0 end
return { field('used_memory'), field('maxmemory') }

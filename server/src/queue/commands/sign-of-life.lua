#!lua flags=allow-oom
--! keys workers
--! args name worker
-- Writes down that a worker lives, also when there is no memory left.
redis.call('HSET', key.workers, arg.name, arg.worker)

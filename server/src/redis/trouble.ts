/** Redis is as full as it may get: what would take more memory is refused before it asks. */
export class RedisFullError extends Error {
  override readonly name = 'RedisFullError';
}

/** Names and messages of errors that ioredis gives when Redis refuses a command, is away or does not answer in time. */
const NAMES = new Set([
  'ReplyError',
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
  'AbortError',
  'NotReplicatedError',
]);
const MESSAGES =
  /Connection is closed|Stream isn't writeable|[Cc]ommand timed out|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|Socket (closed|timeout)|Cluster isn't ready|Failed to refresh slots|None of startup nodes|Too many Cluster redirections|All sentinels are unreachable/;

/** Whether an error says that Redis could not do what it was asked: a matter for a 503, not for a programmer. */
export function isRedisTrouble(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error instanceof RedisFullError || NAMES.has(error.name) || MESSAGES.test(error.message))
  );
}

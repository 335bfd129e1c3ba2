import { budgetBytes, SHED_FROM } from '../../queue/budget';
import { type Check, fail, type Finding, ofEachInfo, ofEachServer, ok, refuse, warn } from './check';
import { bytes, percent, seconds } from './figures';

/** Scripts with flags, and `XAUTOCLAIM` that names deleted entries, came with it. */
const LEAST_VERSION = 7;

const version = ofEachInfo('Version', (info) => {
  const { redis_version = '', valkey_version } = info;
  const name = valkey_version ? `Valkey ${valkey_version}` : `Redis ${redis_version}`;
  if (valkey_version || Number.parseInt(redis_version) >= LEAST_VERSION) return ok(name);
  return refuse(
    `This is ${name}, and Herald needs Redis ${LEAST_VERSION}.0 or newer, or Valkey.`,
    'Upgrade it, or set REDIS_URL to one that is newer.',
  );
});

const role = ofEachInfo('Role', (info, _server, { redis }) => {
  if (info.role === 'slave')
    return fail(
      'This Redis is a replica: it takes no events in.',
      'Set REDIS_URL to its master, or to Sentinel (sentinel://host:port/master-name).',
    );
  const replicas = Number(info.connected_slaves ?? 0);
  if (redis.durability === 'replica' && replicas === 0)
    return fail(
      'DURABILITY is replica, and this Redis has none: every webhook is answered with 503.',
      'Start a replica of it (REPLICAOF), or set DURABILITY to local.',
    );
  return ok(`master with ${replicas === 1 ? '1 replica' : `${replicas} replicas`}`);
});

const KEEP_ALL = 'CONFIG SET maxmemory-policy noeviction, and the same in its configuration.';

const eviction = ofEachInfo('Eviction', (info) => {
  const policy = info.maxmemory_policy ?? 'unknown';
  if (policy === 'noeviction') return ok('noeviction');
  if (info.maxmemory === '0')
    return warn(
      `maxmemory-policy is ${policy}, which deletes keys as soon as there is a memory limit.`,
      KEEP_ALL,
    );
  if (policy.startsWith('allkeys'))
    return refuse(
      `maxmemory-policy is ${policy}: when memory runs short, Redis deletes events that were answered with 202.`,
      KEEP_ALL,
    );
  return fail(
    `maxmemory-policy is ${policy}: when memory runs short, Redis forgets which events were seen, and duplicates get through.`,
    KEEP_ALL,
  );
});

const FSYNC = 'CONFIG SET appendfsync always, and the same in its configuration.';

const persistence = ofEachInfo('Persistence', (info, { appendfsync }) => {
  if (info.aof_enabled !== '1')
    return fail(
      'appendonly is off: when Redis ends, events that were answered with 202 are gone.',
      'CONFIG SET appendonly yes, and the same in its configuration.',
    );
  if (info.aof_last_write_status === 'err')
    return fail(
      'Redis could not write to its append-only file, and refuses events until it can.',
      "Make room on Redis' disk, or mend it.",
    );
  switch (appendfsync) {
    case 'always':
      return ok('append-only file, appendfsync always');
    case null:
      return warn(
        'There is an append-only file; whether appendfsync is always cannot be seen, because CONFIG is forbidden here.',
        'Look it up where this Redis is managed.',
      );
    case 'everysec':
      return warn(
        'appendfsync is everysec: when its machine fails, about a second of events that were answered with 202 is gone.',
        FSYNC,
      );
    default:
      return fail(
        `appendfsync is ${appendfsync}: when its machine fails, up to half a minute of events that were answered with 202 is gone.`,
        FSYNC,
      );
  }
});

const MEMORY_WARN = 0.75;
const MEMORY_FAIL = 0.9;

const memory = ofEachInfo('Memory', (info, _server, { queue }) => {
  const used = Number(info.used_memory);
  const budget = budgetBytes(queue.maxBytes, Number(info.maxmemory));
  return Number.isFinite(budget)
    ? memoryOfBudget(used, budget)
    : memoryOfMachine(used, Number(info.total_system_memory));
});

function memoryOfBudget(used: number, budget: number): Finding {
  const says = `${bytes(used)} of ${bytes(budget)} used`;
  const share = used / budget;
  if (share < MEMORY_WARN) return ok(says);
  const mend =
    'Raise maxmemory and MAX_BYTES, or keep events for a shorter time (RETENTION_S, DEAD_RETENTION_S).';
  if (share >= 1) return fail(`${says}: webhooks are answered with 503.`, mend);
  const early = share < SHED_FROM ? `from ${SHED_FROM * 100} % on, ` : '';
  return warn(`${says} (${percent(share)}): ${early}the oldest settled events are forgotten early.`, mend);
}

function memoryOfMachine(used: number, room: number): Finding {
  if (!room) return ok(`${bytes(used)} used, no limit`);
  const says = `${bytes(used)} used; no limit, the machine has ${bytes(room)}`;
  const share = used / room;
  if (share < MEMORY_WARN) return ok(says);
  const finding = share < MEMORY_FAIL ? warn : fail;
  return finding(
    `${says} (${percent(share)}): when it is full, the system ends Redis without asking.`,
    'Set maxmemory or MAX_BYTES, so that Herald makes room in time.',
  );
}

const CLOCK_WARN_MS = 2000;

/** Nothing of the queue depends on it, because its times are all of Redis. Webhooks and pages have this machine's. */
const clock = ofEachServer('Clock', ({ clockAheadMs }, { webhook }) => {
  const off = Math.abs(clockAheadMs);
  if (off <= CLOCK_WARN_MS) return ok(`${off} ms from Redis' clock`);
  const says = `This machine's clock is ${seconds(off)} ${clockAheadMs > 0 ? 'behind' : 'ahead of'} Redis' clock: `;
  const mend = 'Have both machines set their clocks by NTP.';
  return off > webhook.toleranceS * 1000
    ? fail(`${says}if it is this one that is wrong, every webhook is refused as too old or too new.`, mend)
    : warn(`${says}ages are shown wrong.`, mend);
});

/** A worker whose command gets no answer is that much later with its next heartbeat; see `COMMAND_TIMEOUT_MS`. */
const lease: Check = {
  name: 'Lease',
  look({ config: { process, queue, delivery, redis } }) {
    // The api holds no lease.
    if (process !== 'worker') return ok('of no concern to the api');
    const worstMs = delivery.timeoutMs + redis.commandTimeoutMs;
    if (queue.leaseMs >= worstMs)
      return ok(`${seconds(queue.leaseMs)}; an attempt takes at most ${seconds(worstMs)}`);
    return warn(
      `LEASE_MS is ${queue.leaseMs}, and one attempt may take ${worstMs}: after one missed heartbeat another worker sends the same again.`,
      `Set LEASE_MS to ${worstMs} or more, or FCM_TIMEOUT_MS to less.`,
    );
  },
};

/** What must be right before anything is promised to a sender, in the order in which people read it. */
export const START_UP_CHECKS: readonly Check[] = [version, role, eviction, persistence, memory, clock, lease];

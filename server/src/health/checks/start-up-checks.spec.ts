import { newConfig } from '../../../test/builders';
import type { ServerFacts } from './server-facts';
import { START_UP_CHECKS } from './start-up-checks';

const GB = 1024 ** 3;
const SOUND: ServerFacts = {
  address: 'redis-1:6379',
  info: {
    redis_version: '7.0.15',
    role: 'master',
    connected_slaves: '1',
    maxmemory: `${GB}`,
    maxmemory_policy: 'noeviction',
    used_memory: `${GB / 4}`,
    total_system_memory: `${4 * GB}`,
    aof_enabled: '1',
    aof_last_write_status: 'ok',
  },
  appendfsync: 'always',
  clockAheadMs: 12,
};

const serverWith = (info: Record<string, string>, more: Partial<ServerFacts> = {}): ServerFacts => ({
  ...SOUND,
  ...more,
  info: { ...SOUND.info, ...info },
});

/** What the check called `name` says of these servers. */
function look(
  name: string,
  servers: ServerFacts[],
  env: Record<string, string> = {},
  process: 'api' | 'worker' = 'worker',
) {
  const check = START_UP_CHECKS.find((each) => each.name === name)!;
  return check.look({ servers, config: newConfig(env, process) });
}

it('a sound Redis is ok in every respect, and a check adds nothing to that', () => {
  expect(START_UP_CHECKS.map((check) => [check.name, look(check.name, [SOUND])])).toEqual([
    ['Version', { verdict: 'ok', says: 'Redis 7.0.15' }],
    ['Role', { verdict: 'ok', says: 'master with 1 replica' }],
    ['Eviction', { verdict: 'ok', says: 'noeviction' }],
    ['Persistence', { verdict: 'ok', says: 'append-only file, appendfsync always' }],
    ['Memory', { verdict: 'ok', says: '256 MB of 922 MB used' }],
    ['Clock', { verdict: 'ok', says: "12 ms from Redis' clock" }],
    ['Lease', { verdict: 'ok', says: '30 s; an attempt takes at most 15 s' }],
  ]);
});

type Row = [name: string, verdict: string, says: RegExp, server: ServerFacts];

it.each<Row>([
  ['Version', 'ok', /^Redis 8\.2\.1$/, serverWith({ redis_version: '8.2.1' })],
  ['Version', 'ok', /^Redis 10\.0\.0$/, serverWith({ redis_version: '10.0.0' })],
  ['Version', 'ok', /^Valkey 8\.0\.1$/, serverWith({ redis_version: '7.2.4', valkey_version: '8.0.1' })],
  ['Version', 'refuse', /This is Redis 6\.2\.14, .* 7\.0 or newer/, serverWith({ redis_version: '6.2.14' })],
  ['Role', 'fail', /is a replica/, serverWith({ role: 'slave' })],
  ['Eviction', 'refuse', /allkeys-lru: .* deletes events/, serverWith({ maxmemory_policy: 'allkeys-lru' })],
  ['Eviction', 'fail', /volatile-ttl: .* duplicates/, serverWith({ maxmemory_policy: 'volatile-ttl' })],
  ['Eviction', 'warn', /as soon as/, serverWith({ maxmemory_policy: 'allkeys-lru', maxmemory: '0' })],
  ['Persistence', 'fail', /appendonly is off/, serverWith({ aof_enabled: '0' })],
  ['Persistence', 'fail', /could not write/, serverWith({ aof_last_write_status: 'err' })],
  ['Persistence', 'fail', /appendfsync is no:/, serverWith({}, { appendfsync: 'no' })],
  [
    'Persistence',
    'warn',
    /appendfsync is everysec: .* a second/,
    serverWith({}, { appendfsync: 'everysec' }),
  ],
  ['Persistence', 'warn', /CONFIG is forbidden/, serverWith({}, { appendfsync: null })],
  ['Memory', 'ok', /^256 MB used; no limit, the machine has 4\.0 GB$/, serverWith({ maxmemory: '0' })],
  ['Memory', 'ok', /^256 MB used, no limit$/, serverWith({ maxmemory: '0', total_system_memory: '0' })],
  ['Memory', 'warn', /\(83 %\): from 90 % on, the oldest/, serverWith({ used_memory: `${GB * 0.75}` })],
  ['Memory', 'warn', /\(94 %\): the oldest settled/, serverWith({ used_memory: `${GB * 0.85}` })],
  ['Memory', 'fail', /answered with 503/, serverWith({ used_memory: `${GB * 0.9}` })],
  ['Memory', 'fail', /the system ends Redis/, serverWith({ maxmemory: '0', used_memory: `${3.9 * GB}` })],
  ['Clock', 'ok', /^2000 ms/, serverWith({}, { clockAheadMs: -2000 })],
  ['Clock', 'warn', /2\.1 s behind .* ages/, serverWith({}, { clockAheadMs: 2100 })],
  ['Clock', 'warn', /2\.1 s ahead of .* ages/, serverWith({}, { clockAheadMs: -2100 })],
  ['Clock', 'fail', /301 s behind .* every webhook/, serverWith({}, { clockAheadMs: 301_000 })],
])('%s: %s, "%s"', (name, verdict, says, server) => {
  const finding = look(name, [server]);
  expect(finding.says).toMatch(says);
  expect(finding.refuses ? 'refuse' : finding.verdict).toBe(verdict);
  expect(Boolean(finding.mend)).toBe(verdict !== 'ok');
});

it('DURABILITY=replica without a replica takes nothing in', () => {
  const alone = serverWith({ connected_slaves: '0' });
  expect(look('Role', [alone])).toEqual({ verdict: 'ok', says: 'master with 0 replicas' });
  expect(look('Role', [SOUND], { DURABILITY: 'replica' }).verdict).toBe('ok');
  expect(look('Role', [alone], { DURABILITY: 'replica' })).toMatchObject({
    verdict: 'fail',
    says: expect.stringMatching(/has none: every webhook is answered with 503/),
  });
});

it('what MAX_BYTES allows counts when it is less than what Redis would take', () => {
  const says = (maxBytes: number) => look('Memory', [SOUND], { MAX_BYTES: `${maxBytes}` }).says;
  expect(says(GB / 2)).toBe('256 MB of 512 MB used');
  expect(says(2 * GB)).toBe('256 MB of 922 MB used');
  expect(says(GB / 4)).toBe('256 MB of 256 MB used: webhooks are answered with 503.');
});

describe('a lease', () => {
  it('that ends before an attempt has to is worth a warning', () => {
    expect(look('Lease', [SOUND], { LEASE_MS: '14999' })).toEqual({
      verdict: 'warn',
      says: 'LEASE_MS is 14999, and one attempt may take 15000: after one missed heartbeat another worker sends the same again.',
      mend: 'Set LEASE_MS to 15000 or more, or FCM_TIMEOUT_MS to less.',
    });
    expect(look('Lease', [SOUND], { LEASE_MS: '15000' }).verdict).toBe('ok');
  });

  it('is of no concern to the api', () => {
    expect(look('Lease', [SOUND], { LEASE_MS: '1000' }, 'api').verdict).toBe('ok');
  });
});

describe('of several servers', () => {
  const replica = serverWith({ role: 'slave' }, { address: 'redis-2:6379' });

  it('the gravest finding counts, with its address', () => {
    expect(look('Role', [SOUND, replica])).toMatchObject({
      verdict: 'fail',
      says: expect.stringMatching(/^redis-2:6379: This Redis is a replica/),
    });
    const old = serverWith({ redis_version: '6.0.0' });
    expect(look('Version', [SOUND, old]).refuses).toBe(true);
  });

  it('that are all well nothing more is said than of one', () => {
    expect(look('Role', [SOUND, SOUND]).says).toBe('master with 1 replica');
  });
});

it('a user who may not ask INFO is told so, once for each check that needs it', () => {
  const finding = look('Memory', [{ ...SOUND, info: null }]);
  expect(finding).toMatchObject({ verdict: 'warn', says: 'Not known: this user of Redis may not ask INFO.' });
});

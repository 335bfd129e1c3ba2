import { newReport } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { keysLike } from '../../test/redis';
import { packContent } from '../events/content';
import type { PartitionKeys } from '../events/keys';
import type { Claim, Claims } from './claims';
import { COMMANDS } from './commands';

type Verb = keyof typeof COMMANDS;
type Args = Record<string, string | number | Buffer>;

/** Keys that were made foreign on purpose are mistakes in the books, so the books are not looked at here. */
const test = useQueue({ partitions: 1, books: false });
let keys: PartitionKeys;
let worker: Claims;
beforeEach(async () => {
  ({ keys } = test.keyspace.partitions[0]!);
  worker = await test.worker('worker');
});

const EVENT = {
  id: 'default/evt',
  type: 'order.created',
  user: 'u',
  order: 'o',
  payload: '{}',
  headers: '{}',
};
const UPKEEP = () => ({ event_prefix: keys.event_prefix, limit: 10 });

async function outcomeOf(claim: Claim): Promise<Args> {
  const { recordId: id, owner, generation, round, receivedMs: received } = claim;
  const [line = ''] = newReport().lines;
  const { content, sum } = await packContent(claim);
  const failure = {
    error: 'UNAVAILABLE\nBusy.',
    code: '"UNAVAILABLE"',
    attempted: 1,
    counted: 1,
    failed: 1,
    delay_ms: 60_000,
  };
  return { id, owner, generation, round, received, lines: line, content, sum, done: '', ...failure };
}

async function replayOf(claim: Claim): Promise<Args> {
  const { recordId: id, payload, headers } = claim;
  return { id, payload, headers, nonce: 'nonce', sum: (await packContent(claim)).sum };
}

/** Brings about what each command has work in, and gives its arguments. */
const WORK: Record<Exclude<Verb, 'retire' | 'memory' | 'audit' | 'oldest'>, () => Promise<Args>> = {
  enqueue: () => Promise.resolve(EVENT),
  begin: async () => {
    await test.enqueued({ eventId: 'evt' });
    const [entry] = await test.read(worker);
    return { id: entry!.recordId, entry: entry!.entryId, owner: worker.owner };
  },
  complete: async () => outcomeOf(await test.claimed(worker, { eventId: 'evt' })),
  retry: async () => outcomeOf(await test.claimed(worker, { eventId: 'evt' })),
  bury: async () => outcomeOf(await test.claimed(worker, { eventId: 'evt' })),
  replay: async () => replayOf(await test.failed(worker, { eventId: 'evt' })),
  promote: async () => {
    await test.retrying(worker, { eventId: 'evt' }, 0);
    return UPKEEP();
  },
  reclaim: async () => {
    await test.claimed(worker, { eventId: 'evt' });
    return { ...UPKEEP(), owner: 'reclaimer', lease_ms: 0, from: '0-0', max_deliveries: 1 };
  },
  handBack: async () => {
    const { owner } = await test.claimed(worker, { eventId: 'evt' });
    return { ...UPKEEP(), owner, begun: 1, after: '-' };
  },
  purge: async () => {
    await test.sent(worker, { eventId: 'evt' });
    const ages = { keep_ms: 0, dedupe_ms: 60_000, offset: 0, counted_as: 'purged' };
    return { ...UPKEEP(), ...ages, status: 'sent', seen_prefix: keys.seen_prefix };
  },
  watch: async () => {
    await test.redis.del(keys.stream);
    return { id: 'epoch' };
  },
  stopLine: () => Promise.resolve({ code: 'NOT_FOUND', message: 'No such project', first_probe_ms: 0 }),
  probeLine: async () => {
    await run('stopLine', { code: 'NOT_FOUND', message: '', first_probe_ms: 0 });
    return { first_probe_ms: 60_000, longest_probe_ms: 60_000 };
  },
  resumeLine: async () => {
    const since = await run('stopLine', { code: 'NOT_FOUND', message: '', first_probe_ms: 0 });
    return { since: since as number };
  },
  signOfLife: () => Promise.resolve({ name: 'worker', worker: '{}' }),
  agree: async () => {
    await test.redis.del(test.keyspace.meta);
    return { was_partitions: '', was_version: '', partitions: 1, version: 2 };
  },
  mend: async () => {
    const { entryId } = await test.claimed(worker, { eventId: 'evt' });
    await test.redis.xdel(keys.stream, entryId);
    return { ...UPKEEP(), status: 'processing', offset: 0 };
  },
};
const VERBS = Object.keys(WORK) as (keyof typeof WORK)[];

/** Every key that a command may name. */
function allKeys(): Record<string, string> {
  const [event, seen] = [keys.event_prefix, keys.seen_prefix].map((prefix) => `${prefix}default/evt`);
  const { meta, workers, line } = test.keyspace;
  return { ...keys, meta, workers, line, event: event!, seen: seen! };
}

function run(verb: Verb, args: Args): Promise<unknown> {
  return COMMANDS[verb].run(test.redis, allKeys(), args);
}

/** The fields of a hash have no order that lasts, so its dump would differ for nothing. */
async function contentOf(key: string): Promise<string> {
  if ((await test.redis.type(key)) !== 'hash') return (await test.redis.dumpBuffer(key)).toString('hex');
  return JSON.stringify(Object.entries(await test.redis.hgetall(key)).sort());
}

/** Every key of the partition with its content. */
async function everything(): Promise<Record<string, string>> {
  const found = (await keysLike(test.redis, `{${test.prefix}:*`)).sort();
  const contents = await Promise.all(found.map(contentOf));
  return Object.fromEntries(found.map((key, at) => [key, contents[at]!]));
}

/** How often something was asked for may be counted as often as it was. */
function uncounted(all: Record<string, string>): Record<string, string> {
  return { ...all, [keys.counters]: '', [keys.epoch]: '' };
}

describe.each(VERBS)('%s', (verb) => {
  it('applied twice changes nothing the second time', async () => {
    const args = await WORK[verb]();
    const before = await everything();
    await run(verb, args);
    const once = await everything();
    expect(once).not.toEqual(before);
    await run(verb, args);
    expect(uncounted(await everything())).toEqual(uncounted(once));
  });

  it.each([...COMMANDS[verb].keys, ...COMMANDS[verb].each])(
    'writes nothing at all when its key "%s" is of a foreign type',
    async (name) => {
      const args = await WORK[verb]();
      const key = allKeys()[name]!;
      await test.redis.del(key);
      await test.redis.rpush(key, 'in the way');
      const before = await everything();
      await expect(run(verb, args)).rejects.toThrow(/WRONGTYPE/);
      expect(await everything()).toEqual(before);
    },
  );
});

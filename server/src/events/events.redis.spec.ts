import type { EventStatus, EventSummary, Page } from '../contract';
import { useRedis } from '../../test/redis';
import { readCursor } from './cursor';
import { Events } from './events';
import type { EventFilter } from './filter';
import { recordId } from './keys';
import { writeError } from './record';

const NOON = Date.parse('2026-11-01T12:00:00Z');
const test = useRedis({ partitions: 4 });
let events: Events;
beforeEach(() => {
  events = new Events(test.redis, test.keyspace);
});

interface Stored {
  eventId: string;
  receivedMs: number;
  status: EventStatus;
  source: string;
  user: string;
  error: string;
}

/** Writes a record and its place in the index, as the queue's scripts do. */
async function store(given: Partial<Stored> & { eventId: string }): Promise<void> {
  const { source = 'default', receivedMs = NOON, status = 'sent', user = 'user-1', error = '' } = given;
  const id = recordId(source, given.eventId);
  const { keys } = test.keyspace.partitionOf(id);
  const record = { type: 'order.created', status, user, order: 'order-1', attempts: 1, error };
  await test.redis.hset(keys.event_prefix + id, { ...record, received: receivedMs, updated: receivedMs });
  await test.redis.zadd(keys[status], receivedMs, id);
}

/** Stores events `evt_000…`, each a ms older than the one before. */
async function storeMany(
  count: number,
  given: (i: number) => Partial<Stored> = () => ({}),
): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `evt_${String(i).padStart(3, '0')}`);
  await Promise.all(names.map((eventId, i) => store({ eventId, receivedMs: NOON - i, ...given(i) })));
  return names;
}

const idsOf = (page: Page<EventSummary>) => page.items.map((event) => event.event_id);

/** Follows the cursors to the last page. */
async function pages(filter: Partial<EventFilter>, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  for (let cursor = null; ;) {
    const page: Page<EventSummary> = await events.list({ statuses: [], ...filter }, limit, cursor);
    found.push(idsOf(page));
    if (page.next_cursor === null) return found;
    cursor = readCursor(page.next_cursor);
    expect(cursor).not.toBeNull();
  }
}

describe('one event', () => {
  it('is found by source and id', async () => {
    await store({
      eventId: 'evt_1',
      source: 'github',
      status: 'failed',
      error: writeError('unknown', 'reset'),
    });
    expect(await events.find('github', 'evt_1')).toMatchObject({
      event_id: 'evt_1',
      source: 'github',
      status: 'failed',
      last_error: { code: 'unknown', message: 'reset' },
      history: [{ kind: 'received', at: '2026-11-01T12:00:00.000Z' }],
    });
    expect(await events.summary('github/evt_1')).toMatchObject({ event_id: 'evt_1', status: 'failed' });
  });

  it('is null when there is none, or only one of another source', async () => {
    await store({ eventId: 'evt_1', source: 'github' });
    expect(await events.find('default', 'evt_1')).toBeNull();
    expect(await events.summary('default/evt_1')).toBeNull();
  });
});

describe('the list', () => {
  it('is empty when there is nothing', async () => {
    expect(await events.list({ statuses: [] }, 20, null)).toEqual({ items: [], next_cursor: null });
  });

  it('is newest first over all partitions and statuses', async () => {
    const statuses = ['queued', 'processing', 'retrying', 'sent', 'failed'] as const;
    const names = await storeMany(30, (i) => ({ status: statuses[i % 5] }));
    expect(await pages({}, 100)).toEqual([names]);
  });

  it.each([1, 7, 10, 29, 30])('visits every event exactly once in pages of %i', async (limit) => {
    const names = await storeMany(30);
    const found = await pages({}, limit);
    expect(found.flat()).toEqual(names);
    expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    expect(found.at(-1)).not.toEqual([]);
  });

  it.each([1, 4, 20])(
    'visits events of the same ms exactly once in pages of %i, capitals or not',
    async (limit) => {
      const names = ['a', 'B', 'b', 'A', '_', '-', '1', 'aa', 'aB', 'Z', 'z', 'zz', '~'].flatMap((c) => [
        `x${c}`,
        c,
      ]);
      await Promise.all(names.map((eventId) => store({ eventId })));
      const found = (await pages({}, limit)).flat();
      expect(found).toEqual([...names].sort().reverse());
    },
  );

  it('ends with the last event, not with an empty page', async () => {
    await storeMany(20);
    expect((await events.list({ statuses: [] }, 20, null)).next_cursor).toBeNull();
    expect((await events.list({ statuses: [] }, 19, null)).next_cursor).not.toBeNull();
  });

  it('does not show again, on the next page, what came in meanwhile', async () => {
    const names = await storeMany(6);
    const first = await events.list({ statuses: [] }, 3, null);
    await store({ eventId: 'late', receivedMs: NOON + 1 });
    const second = await events.list({ statuses: [] }, 3, readCursor(first.next_cursor!));
    expect([...idsOf(first), ...idsOf(second)]).toEqual(names);
  });

  it('sees an event on the move exactly once, whatever page it is on', async () => {
    const names = await storeMany(60, (i) => ({ status: i % 2 ? 'queued' : 'sent' }));
    let stop = false;
    const move = async () => {
      for (let i = 0; !stop; i = (i + 1) % names.length) {
        const id = recordId('default', names[i]!);
        const { keys } = test.keyspace.partitionOf(id);
        const [from, to] = (await test.redis.zscore(keys.sent, id))
          ? (['sent', 'queued'] as const)
          : (['queued', 'sent'] as const);
        await test.redis
          .multi()
          .zrem(keys[from], id)
          .zadd(keys[to], NOON - i, id)
          .hset(keys.event_prefix + id, 'status', to)
          .exec();
      }
    };
    const moving = move();
    try {
      for (let round = 0; round < 20; round += 1) expect((await pages({}, 7)).flat()).toEqual(names);
    } finally {
      stop = true;
      await moving;
    }
  });

  it('skips what an index names but is gone, without shortening the page', async () => {
    const names = await storeMany(10);
    for (const name of names.slice(0, 5)) {
      const id = recordId('default', name);
      await test.redis.del(test.keyspace.partitionOf(id).keys.event_prefix + id);
    }
    expect(await pages({}, 3)).toEqual([names.slice(5, 8), names.slice(8)]);
  });
});

describe('the list with a filter', () => {
  it('shows the wanted statuses only', async () => {
    const statuses = ['queued', 'sent', 'failed'] as const;
    const names = await storeMany(12, (i) => ({ status: statuses[i % 3] }));
    expect((await pages({ statuses: ['failed'] }, 2)).flat()).toEqual(names.filter((_, i) => i % 3 === 2));
    expect((await pages({ statuses: ['failed', 'queued'] }, 3)).flat()).toEqual(
      names.filter((_, i) => i % 3 !== 1),
    );
  });

  it('finds ids by prefix', async () => {
    const names = await storeMany(120);
    expect((await pages({ eventId: 'evt_01' }, 4)).flat()).toEqual(names.slice(10, 20));
    expect(await pages({ eventId: 'nothing' }, 4)).toEqual([[]]);
  });

  it('finds by user and by error', async () => {
    const names = await storeMany(20, (i) => ({
      user: `user-${i % 2}`,
      status: 'failed',
      error: writeError(i % 3 ? 'UNREGISTERED' : 'expired', ''),
    }));
    const wanted = names.filter((_, i) => i % 2 === 0 && i % 3 === 0);
    expect((await pages({ userId: 'user-0', error: 'expired' }, 2)).flat()).toEqual(wanted);
  });

  it.each([
    ['from', { fromMs: NOON - 4 }, [0, 5]],
    ['to', { toMs: NOON - 6 }, [6, 10]],
    ['from and to', { fromMs: NOON - 5, toMs: NOON - 2 }, [2, 6]],
    ['from after to', { fromMs: NOON, toMs: NOON - 5 }, [0, 0]],
  ] as const)('keeps to the times %s, both included', async (_, times, [begin, end]) => {
    const names = await storeMany(10);
    expect((await pages(times, 2)).flat()).toEqual(names.slice(begin, end));
  });

  it('includes an event of the exact ms of `to`, whatever its source is called', async () => {
    await store({ eventId: 'evt_1', source: 'zoom' });
    expect((await pages({ toMs: NOON }, 2)).flat()).toEqual(['evt_1']);
  });

  it('looks through 10,000 events at most for one page, and says where to go on', async () => {
    const { keys } = test.keyspace.partitions[0]!;
    const places = Array.from({ length: 10_400 }, (_, i) => [NOON - i, `default/gone-${i}`]);
    await test.redis.zadd(keys.sent, ...places.flat());
    await store({ eventId: 'needle', receivedMs: NOON - 20_000 });

    const filter: EventFilter = { statuses: [], eventId: 'needle' };
    const first = await events.list(filter, 5, null);
    expect(first.items).toEqual([]);
    expect(readCursor(first.next_cursor!)?.receivedMs).toBe(NOON - 9999);
    const second = await events.list(filter, 5, readCursor(first.next_cursor!));
    expect(idsOf(second)).toEqual(['needle']);
    expect(second.next_cursor).toBeNull();
  });
});

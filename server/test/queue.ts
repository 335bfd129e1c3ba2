import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Events } from '../src/events/events';
import { recordId } from '../src/events/keys';
import type { NewEvent } from '../src/events/new-event';
import type { StoredRecord } from '../src/events/record';
import { Records } from '../src/events/records';
import { type Claim, Claims, type Entry } from '../src/queue/claims';
import { Queue } from '../src/queue/queue';
import { Upkeep, type UpkeepSettings } from '../src/queue/upkeep';
import type { RedisClient } from '../src/redis/connections';
import { Script } from '../src/redis/script';
import { mistakesInBooks } from './books';
import { newEvent, newReport } from './builders';
import { type TestRedis, useRedis } from './redis';

/** A queue of the current test alone, and the short ways of tests to the states an event can be in. */
export interface TestQueue extends TestRedis {
  readonly queue: Queue;
  readonly events: Events;
  /** A worker's hold on the queue, its consumer groups created. */
  worker(owner?: string): Promise<Claims>;
  upkeep(settings?: Partial<UpkeepSettings>): Upkeep;
  /** Enqueues and gives what was enqueued. */
  enqueued(given?: Partial<NewEvent>): Promise<NewEvent>;
  /** Everything that waits, delivered to `worker`. Something must wait. */
  read(worker: Claims): Promise<Entry[]>;
  /** Reads and begins everything that waits. */
  claim(worker: Claims): Promise<Claim[]>;
  /** Enqueues one event and begins it. */
  claimed(worker: Claims, given?: Partial<NewEvent>): Promise<Claim>;
  sent(worker: Claims, given?: Partial<NewEvent>): Promise<Claim>;
  failed(worker: Claims, given?: Partial<NewEvent>): Promise<Claim>;
  retrying(worker: Claims, given?: Partial<NewEvent>, delayMs?: number): Promise<Claim>;
  /** Makes a settled event look as if it had come in at that time and, unless said otherwise, been settled then. */
  age(claim: Claim, receivedMs: number, settledMs?: number): Promise<void>;
  /** The fields of an event's record, its payload and headers in clear; empty when there is none. */
  record(event: Pick<NewEvent, 'eventId' | 'source'> | Claim): Promise<StoredRecord>;
}

const REWRITE = new Script(join(__dirname, 'rewrite.lua'));

export const FAILURE = { code: 'UNAVAILABLE', message: 'The service is overloaded.' };

/** `useRedis` and the rooms on top of it; after each test the books must be right, unless `books` is false. */
export function useQueue({ partitions = 3, books = true } = {}): TestQueue {
  const base = useRedis({ partitions });
  let reader: RedisClient;
  beforeAll(async () => {
    reader = await base.connect('forBlockingReads');
  });
  if (books) {
    afterEach(async () => {
      expect(await mistakesInBooks(base.redis, base.keyspace)).toEqual([]);
    });
  }

  const test: Omit<TestQueue, keyof TestRedis> = {
    get queue() {
      return new Queue(base.redis, base.keyspace);
    },
    get events() {
      return new Events(base.redis, base.keyspace);
    },
    async worker(owner = `worker-${randomBytes(4).toString('hex')}`) {
      const claims = new Claims(base.redis, base.keyspace, owner);
      await claims.createGroups();
      return claims;
    },
    upkeep: (settings) =>
      new Upkeep(base.redis, base.keyspace, {
        leaseMs: 50,
        maxDeliveries: 3,
        retentionS: 604_800,
        deadRetentionS: 2_592_000,
        dedupeTtlS: 86_400,
        ...settings,
      }),
    async enqueued(given) {
      const event = newEvent(given);
      expect(await test.queue.enqueue(event)).toBe('accepted');
      return event;
    },
    read: (worker) => worker.read(reader, base.keyspace.partitions, 10_000),
    async claim(worker) {
      const claims = await Promise.all((await test.read(worker)).map((entry) => worker.begin(entry)));
      return claims.filter((claim) => claim !== null);
    },
    async claimed(worker, given) {
      const { source, eventId } = await test.enqueued(given);
      const claims = await test.claim(worker);
      return claims.find((claim) => claim.recordId === recordId(source, eventId))!;
    },
    async sent(worker, given) {
      const claim = await test.claimed(worker, given);
      expect(await worker.complete(claim, newReport())).toBe('sent');
      return claim;
    },
    async failed(worker, given) {
      const claim = await test.claimed(worker, given);
      expect(await worker.bury(claim, newReport({ outcome: 'failed', ...FAILURE }), FAILURE)).toBe('failed');
      return claim;
    },
    async retrying(worker, given, delayMs = 60_000) {
      const claim = await test.claimed(worker, given);
      const report = newReport({ outcome: 'failed', ...FAILURE });
      expect(await worker.retry(claim, report, FAILURE, delayMs, true)).toBe('retrying');
      return claim;
    },
    async age({ recordId: id, partition: { keys } }, receivedMs, settledMs = receivedMs) {
      const status = (await base.redis.zscore(keys.sent, id)) === null ? 'failed' : 'sent';
      await base.redis.zadd(keys[status], receivedMs, id);
      const args = { names: 'received updated', values: `${receivedMs} ${settledMs}` };
      await REWRITE.run(base.redis, { event: keys.event_prefix + id }, args);
    },
    async record(event) {
      const id = 'recordId' in event ? event.recordId : recordId(event.source, event.eventId);
      return (await new Records(base.redis, base.keyspace).read(id)) ?? {};
    },
  };
  return Object.defineProperties(base, Object.getOwnPropertyDescriptors(test)) as TestQueue;
}

import type { EventStatus } from '../../src/contract';
import { ChangesReader } from '../../src/events/changes';
import { Events } from '../../src/events/events';
import { CONSUMER_GROUP, DEFAULT_SOURCE, Keyspace, splitRecordId } from '../../src/events/keys';
import { Claims, type Entry } from '../../src/queue/claims';
import { Inspector } from '../../src/queue/inspector';
import { Queue } from '../../src/queue/queue';
import { Upkeep } from '../../src/queue/upkeep';
import { Workers } from '../../src/queue/workers';
import type { RedisClient } from '../../src/redis/connections';
import { clockOf, type ManualRedis, manualRedis, SHIFT_TIMES } from './manual-redis';
import { MAX_DELIVERIES, type QueueModel, TIMES } from './queue-model';
import { IDS, mapValues, nameAndStatus, shown } from './view';

/** The product's own classes on a real Redis, in the time of the model. */
export class RealQueue {
  readonly keyspace: Keyspace;
  readonly manual: ManualRedis;
  readonly queue: Queue;
  readonly upkeep: Upkeep;
  readonly events: Events;
  private readonly inspector: Inspector;
  private readonly changes: ChangesReader;
  private readonly workers = new Map<string, Claims>();

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
    private readonly model: QueueModel,
  ) {
    this.keyspace = new Keyspace(prefix, 1);
    this.manual = manualRedis(redis);
    const { client } = this.manual;
    this.queue = new Queue(client, this.keyspace);
    this.events = new Events(redis, this.keyspace);
    this.inspector = new Inspector(redis, this.keyspace, new Workers(redis, this.keyspace), {
      now: () => model.now,
    });
    this.changes = new ChangesReader(redis, this.keyspace, this.events);
    this.upkeep = new Upkeep(client, this.keyspace, {
      leaseMs: TIMES.lease,
      maxDeliveries: MAX_DELIVERIES,
      retentionS: TIMES.keptSent / 1000,
      deadRetentionS: TIMES.keptFailed / 1000,
      dedupeTtlS: TIMES.remembered / 1000,
    });
  }

  get keys() {
    return this.keyspace.partitions[0]!.keys;
  }

  worker(owner: string): Claims {
    const known = this.workers.get(owner) ?? new Claims(this.manual.client, this.keyspace, owner);
    this.workers.set(owner, known);
    return known;
  }

  async start(): Promise<void> {
    await this.redis.set(clockOf(this.keys.stream), this.model.now);
    await this.worker('nobody').createGroups();
  }

  read(owner: string, count: number): Promise<Entry[]> {
    return this.worker(owner).read(this.redis, this.keyspace.partitions, count);
  }

  pending(owner: string): Promise<Entry[]> {
    return this.worker(owner).pending(this.keyspace.partitions);
  }

  /** To the model's time, `ms` after what it was. */
  async jump(ms: number): Promise<void> {
    const seen = IDS.map((id) => this.keys.seen_prefix + id);
    await this.redis.eval(
      SHIFT_TIMES,
      1 + seen.length,
      ...[this.keys.stream, ...seen, CONSUMER_GROUP, ms, this.model.now],
    );
  }

  async loseEntry(place: number): Promise<void> {
    const [entryId] = (await this.redis.xrange(this.keys.stream, '-', '+'))[place]!;
    await this.redis.xdel(this.keys.stream, entryId);
  }

  async strayEntry(id: string): Promise<void> {
    await this.redis.xadd(this.keys.stream, '*', 'id', id);
  }

  async loseDue(id: string): Promise<void> {
    await this.redis.zrem(this.keys.due, id);
  }

  async loseGroup(): Promise<void> {
    await this.redis.xgroup('DESTROY', this.keys.stream, CONSUMER_GROUP);
    await this.worker('nobody').createGroups();
  }

  /** What can be seen of the queue from outside (of the lists by status one), and the few keys that nobody shows. */
  async observe(status: EventStatus) {
    const { redis, keys, events } = this;
    const list = (statuses: readonly EventStatus[]) => events.list({ statuses }, 100, null);
    const [all, some, details, snapshot, totals, counters, stream, pending, due, changes] = await Promise.all(
      [
        list([]),
        list([status]),
        Promise.all(IDS.map((id) => events.find(DEFAULT_SOURCE, splitRecordId(id).eventId))),
        this.inspector.snapshot(),
        this.inspector.totals(),
        redis.hgetall(keys.counters),
        redis.xrange(keys.stream, '-', '+'),
        redis.xpending(keys.stream, CONSUMER_GROUP, '-', '+', 1000) as Promise<[string, string][]>,
        redis.zrange(keys.due, '0', '-1', 'WITHSCORES'),
        this.changes.read(),
      ],
    );
    const idOf = new Map(stream.map(([entry, fields]) => [entry, fields[1]]));
    return {
      all: all.items.map(nameAndStatus),
      some: some.items.map(nameAndStatus),
      details: details.map((detail) => detail && shown(detail)),
      snapshot,
      totals,
      counters: mapValues(this.model.counters, (name) => Number(counters[name] ?? 0)),
      stream: stream.map(([, fields]) => fields[1]),
      pending: pending.map(([entry, owner]) => `${idOf.get(entry) ?? 'lost'} of ${owner}`),
      due: due.map(String),
      changes: changes.map(({ event }) => nameAndStatus(event)),
    };
  }
}

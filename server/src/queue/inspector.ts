import { EVENT_STATUSES, type EventStatus, type MetricsBody, type QueueSnapshot } from '../contract';
import type { Clock } from '../config/clock';
import type { Keyspace } from '../events/keys';
import type { QuotaState } from '../quota/quota-state';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { type LineState, pauseOf } from './line-state';
import type { Workers } from './workers';

/**
 * Behind how many replayed events of one status the oldest is looked for, in each partition. Were there more, it would seem
 * younger than it is until some of them are settled.
 */
const REPLAYED_LOOKED_AT = 500;

/** Reads the queue's figures; never writes. Rejects when Redis cannot be reached. */
export class Inspector {
  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    private readonly workers: Workers,
    private readonly clock: Clock,
    private readonly line?: LineState,
    private readonly quota?: QuotaState,
  ) {}

  async snapshot(): Promise<QueueSnapshot> {
    const now = this.clock.now();
    const [counts, oldestMs, workers, stop, throttled] = await Promise.all([
      this.counts(),
      this.oldestFreshMs(),
      this.workers.list(now),
      this.line?.read(),
      this.quota?.throttle(),
    ]);
    const { queued, processing, retrying, failed } = counts;
    const oldest_age_ms = oldestMs === null ? 0 : Math.max(0, now - oldestMs);
    const figures = { queued, processing, retrying, failed, oldest_age_ms, workers };
    return { ...figures, ...(stop && { paused: pauseOf(stop) }), ...(throttled && { throttled }) };
  }

  async totals(): Promise<MetricsBody> {
    const [counts, ...counters] = await Promise.all([
      this.counts(),
      ...this.keyspace.partitions.map(({ keys }) => this.redis.hgetall(keys.counters)),
    ]);
    const total = (name: string) => counters.reduce((sum, each) => sum + Number(each[name] ?? 0), 0);
    return {
      received: total('received'),
      deduped: total('deduped'),
      sent: total('sent'),
      failed: total('failed'),
      dlq: counts.failed,
      queue_size: counts.queued + counts.processing + counts.retrying,
    };
  }

  /** How many events stand at each status, over all partitions. */
  async counts(): Promise<Record<EventStatus, number>> {
    const counts = await Promise.all(
      EVENT_STATUSES.map(async (status) => {
        const parts = await Promise.all(
          this.keyspace.partitions.map(({ keys }) => this.redis.zcard(keys[status])),
        );
        return [status, parts.reduce((sum, part) => sum + part, 0)] as const;
      }),
    );
    return Object.fromEntries(counts) as Record<EventStatus, number>;
  }

  /** When the oldest event that is not settled was received or last replayed. */
  private async oldestFreshMs(): Promise<number | null> {
    const oldest = await Promise.all(
      this.keyspace.partitions.map(({ keys }) =>
        COMMANDS.oldest.run(
          this.redis,
          { ...keys },
          { event_prefix: keys.event_prefix, most: REPLAYED_LOOKED_AT },
        ),
      ),
    );
    const times = (oldest as (number | null)[]).filter((ms) => ms !== null);
    return times.length ? Math.min(...times) : null;
  }
}

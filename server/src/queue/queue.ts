import { type Keyspace, recordId } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { Store } from './store';

/** `conflict` is a duplicate whose body differs from the first. */
export type EnqueueAnswer = 'accepted' | 'duplicate' | 'conflict';
export type ReplayAnswer = 'replayed' | 'missing' | 'not_replayable';

/** The door into the queue, for processes that take events in. Rejects when Redis did not confirm: then nothing is promised. */
export class Queue {
  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    private readonly store = new Store(redis, keyspace),
  ) {}

  /** Stores and queues an event, unless its id was seen before. What is accepted is in Redis when this resolves. */
  async enqueue(event: NewEvent): Promise<EnqueueAnswer> {
    if (!this.store.agreed) await this.store.agree();
    const id = recordId(event.source, event.eventId);
    const { keys } = this.keyspace.partitionOf(id);
    const answer = await COMMANDS.enqueue.run(
      this.redis,
      { ...keys, event: keys.event_prefix + id, seen: keys.seen_prefix + id },
      {
        id,
        type: event.type,
        user: event.userId,
        order: event.orderId,
        payload: event.payload,
        headers: JSON.stringify(event.headers),
      },
    );
    return answer as EnqueueAnswer;
  }

  /** Queues a sent or failed event again. */
  async replay(source: string, eventId: string): Promise<ReplayAnswer> {
    const id = recordId(source, eventId);
    const { keys } = this.keyspace.partitionOf(id);
    const answer = await COMMANDS.replay.run(this.redis, { ...keys, event: keys.event_prefix + id }, { id });
    return answer as ReplayAnswer;
  }
}

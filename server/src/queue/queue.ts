import { randomUUID } from 'node:crypto';
import { sumOf } from '../events/content';
import { type Keyspace, type Partition, recordId } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import { Records } from '../events/records';
import type { RedisClient } from '../redis/connections';
import type { RunScript } from '../redis/replication';
import { RedisFullError } from '../redis/trouble';
import type { Budget } from './budget';
import { COMMANDS } from './commands';
import { Store } from './store';

/** `conflict` is a duplicate whose body differs from the first. */
export type EnqueueAnswer = 'accepted' | 'duplicate' | 'conflict';
export type ReplayAnswer = 'replayed' | 'missing' | 'not_replayable';

export interface QueueOptions {
  store?: Store;
  /** None: whatever Redis takes. */
  budget?: Budget | undefined;
  /** How the scripts of a partition are run, and so how durable what they confirm is; plainly when left out. */
  runIn?: ((partition: Partition) => RunScript) | undefined;
}

/** The door into the queue, for processes that take events in. Rejects when Redis did not confirm: then nothing is promised. */
export class Queue {
  private readonly records: Records;
  private readonly store: Store;
  private readonly budget: Budget | undefined;
  private readonly runIn: (partition: Partition) => RunScript;

  constructor(
    redis: RedisClient,
    private readonly keyspace: Keyspace,
    { store = new Store(redis, keyspace), budget, runIn }: QueueOptions = {},
  ) {
    this.records = new Records(redis, keyspace);
    this.store = store;
    this.budget = budget;
    const plainly: RunScript = (script, keys, args) => script.run(redis, keys, args);
    this.runIn = runIn ?? (() => plainly);
  }

  /** Stores and queues an event, unless its id was seen before. What is accepted is in Redis when this resolves. */
  async enqueue(event: NewEvent): Promise<EnqueueAnswer> {
    if (!this.store.agreed) await this.store.agree();
    const id = recordId(event.source, event.eventId);
    const partition = this.partitionWithRoom(id);
    const { keys } = partition;
    const answer = await this.runIn(partition)(
      COMMANDS.enqueue,
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

  /**
   * Queues a sent or failed event again, once per `nonce`: a caller who got no answer may ask again with the same one,
   * and a command that is applied late or twice does nothing more. A nonce has no quotes and no line breaks.
   */
  async replay(source: string, eventId: string, nonce: string = randomUUID()): Promise<ReplayAnswer> {
    const id = recordId(source, eventId);
    const partition = this.partitionWithRoom(id);
    const { keys } = partition;
    for (;;) {
      const record = await this.records.read(id);
      if (!record) return 'missing';
      const { payload = '', headers = '' } = record;
      const answer = await this.runIn(partition)(
        COMMANDS.replay,
        { ...keys, event: keys.event_prefix + id },
        { id, nonce, payload, headers, sum: sumOf(payload) },
      );
      // The id was forgotten and taken in again with another body, all since it was read.
      if (answer !== 'changed') return answer as ReplayAnswer;
    }
  }

  private partitionWithRoom(id: string): Partition {
    const partition = this.keyspace.partitionOf(id);
    if (this.budget?.isExhausted(partition))
      throw new RedisFullError('Redis has used up its budget of memory');
    return partition;
  }
}

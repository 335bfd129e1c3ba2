import { type Keyspace, type Partition, recordId } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import type { RedisClient } from '../redis/connections';
import type { RunScript } from '../redis/replication';
import { COMMANDS } from './commands';

/** `conflict` is a duplicate whose body differs from the first. */
export type EnqueueAnswer = 'accepted' | 'duplicate' | 'conflict';
export type ReplayAnswer = 'replayed' | 'missing' | 'not_replayable';

/**
 * The door into the queue, for processes that take events in. Rejects when Redis did not confirm: then nothing is promised.
 * How durable a confirmation is depends on how the scripts of a partition are run; plainly, unless `runIn` says otherwise.
 */
export class Queue {
  private readonly runIn: (partition: Partition) => RunScript;

  constructor(
    redis: RedisClient,
    private readonly keyspace: Keyspace,
    runIn?: (partition: Partition) => RunScript,
  ) {
    const plainly: RunScript = (script, keys, args) => script.run(redis, keys, args);
    this.runIn = runIn ?? (() => plainly);
  }

  /** Stores and queues an event, unless its id was seen before. What is accepted is in Redis when this resolves. */
  async enqueue(event: NewEvent): Promise<EnqueueAnswer> {
    const id = recordId(event.source, event.eventId);
    const partition = this.keyspace.partitionOf(id);
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

  /** Queues a sent or failed event again. */
  async replay(source: string, eventId: string): Promise<ReplayAnswer> {
    const id = recordId(source, eventId);
    const partition = this.keyspace.partitionOf(id);
    const keys = { ...partition.keys, event: partition.keys.event_prefix + id };
    const answer = await this.runIn(partition)(COMMANDS.replay, keys, { id });
    return answer as ReplayAnswer;
  }
}

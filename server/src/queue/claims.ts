import { CONSUMER_GROUP, type Keyspace, type Partition } from '../events/keys';
import { packContent } from '../events/content';
import { writeError } from '../events/record';
import { BLOCK_MS, type RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { Epochs } from './epochs';

/** How many pending entries are asked for at once. */
const PENDING_PAGE = 500;

/** How many entries one run of `hand-back` looks at: few enough that no other client waits long. */
const HANDED_BACK_AT_ONCE = 200;

/** What an entry does not tell the size of is no larger, as event.lua has it. */
const SMALL_PAYLOAD = 4096;

/** An entry of a partition's stream, delivered to one consumer but not begun yet. */
export interface Entry {
  partition: Partition;
  /** The stream's id of the entry. */
  entryId: string;
  recordId: string;
  /** Its payload has no more than so many bytes. */
  bytes: number;
}

/** The right to try one event once: nobody else will, until the lease runs out. */
export interface Claim extends Entry {
  owner: string;
  /** Goes up with every claim on the event, so that a late answer cannot pass for a newer one. */
  generation: number;
  /** How often the event was replayed. */
  round: number;
  /** Counted failures since it was received or last replayed. */
  failures: number;
  /** When it was received or last replayed, ms of Redis' clock. */
  freshMs: number;
  /** When it was received, ms of Redis' clock: an id may come back once its event is forgotten. */
  receivedMs: number;
  /** When it was claimed, ms of Redis' clock. */
  claimedMs: number;
  type: string;
  userId: string;
  orderId: string;
  payload: string;
  /** JSON of the request's headers. */
  headers: string;
  /** Keys of the targets that are settled already, from earlier tries. */
  settledTargets: readonly string[];
}

/** What every outcome of an attempt tells the record: `lines` from `writeAttempt`, and all targets settled so far. */
export interface AttemptReport {
  lines: readonly string[];
  settledTargets: readonly string[];
}

export interface Failure {
  code: string;
  message: string;
}

/** What `begin.lua` answers. */
type BeginReply =
  | ['stale']
  | [
      answer: 'claimed',
      claimedMs: number,
      generation: number,
      round: number,
      failures: number,
      freshMs: number,
      receivedMs: number,
      type: string,
      userId: string,
      orderId: string,
      payload: string,
      headers: string,
      done: string,
    ];
type StreamReply = [stream: string, entries: [id: string, fields: string[] | null][]][] | null;

/**
 * A worker's hold on the queue: claim, and complete, retry or bury. Outcomes answer `stale` when the event has moved on
 * meanwhile. Everything rejects when Redis did not confirm; all of it may be repeated.
 */
export class Claims {
  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    readonly owner: string,
    readonly epochs = new Epochs(redis, keyspace),
  ) {}

  /** Creates the consumer group of each partition, from the beginning of its stream; `epochs` knows what was lost. */
  createGroups(partitions?: readonly Partition[]): Promise<void> {
    return this.epochs.watch(partitions);
  }

  /** Waits up to 1 s for new entries, at most `count` of each partition. `reader` is a connection of its own. */
  async read(reader: RedisClient, partitions: readonly Partition[], count: number): Promise<Entry[]> {
    const streams = partitions.map(({ keys }) => keys.stream);
    const reply = await reader.xreadgroup(
      'GROUP',
      CONSUMER_GROUP,
      this.owner,
      'COUNT',
      count,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      ...streams,
      ...streams.map(() => '>'),
    );
    return entriesOf(reply, partitions);
  }

  /** Entries this owner was given before and has not settled, in case an answer of `read` was lost on its way. */
  async pending(partitions: readonly Partition[]): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const { keys } of partitions) {
      for (let after: string | undefined = '0'; after;) {
        const reply: StreamReply = await this.redis.xreadgroup(
          'GROUP',
          CONSUMER_GROUP,
          this.owner,
          'COUNT',
          PENDING_PAGE,
          'STREAMS',
          keys.stream,
          after,
        );
        found.push(...entriesOf(reply, partitions));
        after = reply?.[0]?.[1].at(-1)?.[0];
      }
    }
    return found;
  }

  /** Begins an attempt; null when the entry is not what its event waits for any more. */
  async begin(entry: Entry): Promise<Claim | null> {
    const { keys } = entry.partition;
    const reply = (await COMMANDS.begin.run(
      this.redis,
      { ...keys, event: keys.event_prefix + entry.recordId },
      { id: entry.recordId, entry: entry.entryId, owner: this.owner },
    )) as BeginReply;
    if (reply[0] === 'stale') return null;
    return {
      ...entry,
      owner: this.owner,
      claimedMs: reply[1],
      generation: reply[2],
      round: reply[3],
      failures: reply[4],
      freshMs: reply[5],
      receivedMs: reply[6],
      type: reply[7],
      userId: reply[8],
      orderId: reply[9],
      payload: reply[10],
      headers: reply[11],
      settledTargets: reply[12] === '' ? [] : reply[12].split(' '),
    };
  }

  /** The event was delivered. */
  async complete(claim: Claim, report: AttemptReport): Promise<'sent' | 'stale'> {
    return (await COMMANDS.complete.run(this.redis, this.keysOf(claim), {
      ...this.argsOf(claim, report),
      ...(await packContent(claim)),
    })) as 'sent' | 'stale';
  }

  /** There will be another try after `delayMs`; `counted`: this one used up a retry; `failed`: something failed in it. */
  async retry(
    claim: Claim,
    report: AttemptReport,
    failure: Failure,
    delayMs: number,
    counted: boolean,
    failed = counted,
  ): Promise<'retrying' | 'stale'> {
    return (await COMMANDS.retry.run(this.redis, this.keysOf(claim), {
      ...this.argsOf(claim, report),
      done: report.settledTargets.join(' '),
      error: writeError(failure.code, failure.message),
      delay_ms: Math.ceil(delayMs),
      attempted: report.lines.length > 0 ? 1 : 0,
      counted: counted ? 1 : 0,
      failed: failed ? 1 : 0,
    })) as 'retrying' | 'stale';
  }

  /** Dead-letters the event. A report without lines means that it was given up without another try. */
  async bury(claim: Claim, report: AttemptReport, failure: Failure): Promise<'failed' | 'stale'> {
    return (await COMMANDS.bury.run(this.redis, this.keysOf(claim), {
      ...this.argsOf(claim, report),
      error: writeError(failure.code, failure.message),
      code: JSON.stringify(failure.code),
      attempted: report.lines.length > 0 ? 1 : 0,
      ...(await packContent(claim)),
    })) as 'failed' | 'stale';
  }

  /**
   * Gives back to the queue, for any worker to take at once, what this owner was given and has not begun; with `begun` also
   * what it has begun, which is then recorded as an attempt of unknown outcome. Answers how many events went back.
   */
  async handBack({ begun }: { begun: boolean }): Promise<number> {
    const counts = await Promise.all(
      this.keyspace.partitions.map(async ({ keys }) => {
        const args = { event_prefix: keys.event_prefix, owner: this.owner, begun: begun ? 1 : 0 };
        const limit = HANDED_BACK_AT_ONCE;
        let count = 0;
        for (let after = '-'; ;) {
          const reply = await COMMANDS.handBack.run(this.redis, { ...keys }, { ...args, after, limit });
          const [looked, last, handed] = reply as [number, string, number];
          count += handed;
          if (looked < limit) return count;
          after = `(${last}`;
        }
      }),
    );
    return counts.reduce((total, count) => total + count, 0);
  }

  /** Renews the leases of entries under way. An entry that somebody took over is not taken back. */
  async renew(entries: Iterable<Entry>): Promise<void> {
    const byPartition = Map.groupBy(entries, ({ partition }) => partition);
    await Promise.all([...byPartition].map(([partition, held]) => this.renewIn(partition, held)));
  }

  private async renewIn({ keys }: Partition, held: readonly Entry[]): Promise<void> {
    const ids = held.map(({ entryId }) => entryId);
    try {
      await this.redis.call('XCLAIM', keys.stream, CONSUMER_GROUP, this.owner, 0, ...ids, 'JUSTID');
    } catch (error) {
      // The group was destroyed, and the leases with it; the others must be renewed all the same.
      if (!(error instanceof Error && error.message.startsWith('NOGROUP'))) throw error;
    }
  }

  private keysOf({ partition: { keys }, recordId }: Claim): Record<string, string> {
    return { ...keys, event: keys.event_prefix + recordId };
  }

  private argsOf(claim: Claim, report: AttemptReport): Record<string, string | number> {
    return {
      id: claim.recordId,
      owner: claim.owner,
      generation: claim.generation,
      round: claim.round,
      received: claim.receivedMs,
      lines: report.lines.join('\n'),
    };
  }
}

function entriesOf(reply: StreamReply, partitions: readonly Partition[]): Entry[] {
  return (reply ?? []).flatMap(([stream, entries]) => {
    const partition = partitions.find(({ keys }) => keys.stream === stream);
    // An entry without fields was deleted while it was pending; the reclaimer counts those as lost.
    return entries.flatMap(([entryId, fields]) =>
      partition && fields?.[1]
        ? [{ partition, entryId, recordId: fields[1], bytes: Number(fields[3] ?? SMALL_PAYLOAD) }]
        : [],
    );
  });
}

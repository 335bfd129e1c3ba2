import type { RedisClient } from './connections';
import { atEndOfTurn } from './end-of-turn';
import type { Script, Value } from './script';

/** So many runs are one batch at the most: other clients of Redis wait for it, a millisecond or two. */
const LARGEST_BATCH = 64;
/** So many characters as well: Redis takes half a second for 64 MB. */
const LARGEST_TEXT = 1_048_576;

type Place = Value | undefined;

interface Batch {
  keys: Value[];
  args: Value[];
  /** Characters in `args`. */
  length: number;
  runs: PromiseWithResolvers<unknown>[];
}

/** Has the runs of one script that come in one turn of the event loop go to Redis together. */
export class Gathering {
  private readonly open = new WeakMap<RedisClient, Map<Place, Batch>>();

  constructor(private readonly script: Script) {}

  /** Rejects as `Script.run`; a failure of another run of the batch is nothing to it, unless Redis itself is in trouble. */
  run(client: RedisClient, keys: Record<string, string>, args: Record<string, Value>): Promise<unknown> {
    const own = this.script.ownOf(keys);
    const values = this.script.argsOf(args);
    const batch = this.batchFor(client, keys);
    for (const key of own) batch.keys.push(key);
    for (const value of values) {
      batch.args.push(value);
      if (typeof value !== 'number') batch.length += value.length;
    }
    const run = Promise.withResolvers<unknown>();
    batch.runs.push(run);
    return run.promise;
  }

  private batchFor(client: RedisClient, keys: Record<string, string>): Batch {
    let batches = this.open.get(client);
    if (!batches) this.open.set(client, (batches = new Map<Place, Batch>()));
    const place = keys[this.script.keys[0]!];
    const known = batches.get(place);
    if (known && known.runs.length < LARGEST_BATCH && known.length < LARGEST_TEXT) return known;
    const batch: Batch = { keys: this.script.keysOf(keys), args: [], length: 0, runs: [] };
    batches.set(place, batch);
    atEndOfTurn(() => {
      if (batches.get(place) === batch) batches.delete(place);
      void this.send(client, batch);
    });
    return batch;
  }

  private async send(client: RedisClient, { keys, args, runs }: Batch): Promise<void> {
    const [reply] = await Promise.allSettled([this.script.runWith(client, keys.length, [...keys, ...args])]);
    for (const [at, run] of runs.entries()) {
      const answer: unknown = reply.status === 'fulfilled' ? (reply.value as unknown[])[at] : reply.reason;
      if (answer instanceof Error) run.reject(answer);
      else run.resolve(answer);
    }
  }
}

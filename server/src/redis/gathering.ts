import type { RedisClient } from './connections';
import { atEndOfTurn, endTurn } from './end-of-turn';
import type { Script, Value } from './script';

/** So many runs are one batch at the most: other clients of Redis wait for it, a millisecond or two. */
const LARGEST_BATCH = 64;

/** How long a run waits for those before it to be answered, at most, in ms. A write to the disk takes one or two. */
const LONGEST_HOLD_MS = 10;

type Place = Value | undefined;

interface Batch {
  script: Script;
  keys: Value[];
  args: Value[];
  runs: PromiseWithResolvers<unknown>[];
}

/**
 * Has runs of scripts go to one Redis together: those of one turn of the event loop, and those that come while others are
 * under way. Redis answers nothing before what it wrote is on the disk, which takes as long for one event as for fifty; so
 * whoever would wait behind that anyway waits here, and goes with the rest.
 */
export class Gathering {
  private static readonly all = new WeakMap<RedisClient, Gathering>();

  private waiting: Batch[] = [];
  /** Those of them that more runs can join. */
  private readonly open = new Map<Script, Map<Place, Batch>>();
  private underWay = 0;
  private hold: NodeJS.Timeout | undefined;

  private constructor(private readonly client: RedisClient) {}

  static of(client: RedisClient): Gathering {
    let gathering = this.all.get(client);
    if (!gathering) this.all.set(client, (gathering = new Gathering(client)));
    return gathering;
  }

  /** Rejects as `Script.run`; a failure of another run of the batch is nothing to it, unless Redis itself is in trouble. */
  run(script: Script, keys: Record<string, string>, args: Record<string, Value>): Promise<unknown> {
    const own = script.ownOf(keys);
    const values = script.argsOf(args);
    const batch = this.batchFor(script, keys);
    batch.keys.push(...own);
    batch.args.push(...values);
    const run = Promise.withResolvers<unknown>();
    batch.runs.push(run);
    return run.promise;
  }

  private batchFor(script: Script, keys: Record<string, string>): Batch {
    let places = this.open.get(script);
    if (!places) this.open.set(script, (places = new Map<Place, Batch>()));
    const place = keys[script.keys[0]!];
    const known = places.get(place);
    if (known && known.runs.length < LARGEST_BATCH) return known;
    const batch = { script, keys: script.keysOf(keys), args: [], runs: [] };
    places.set(place, batch);
    if (this.waiting.push(batch) === 1) this.schedule();
    return batch;
  }

  private schedule(): void {
    const send = () => this.sendWaiting();
    if (this.underWay === 0) atEndOfTurn(send);
    else this.hold = setTimeout(send, LONGEST_HOLD_MS);
  }

  private sendWaiting(): void {
    clearTimeout(this.hold);
    const batches = this.waiting;
    this.waiting = [];
    for (const places of this.open.values()) places.clear();
    for (const batch of batches) void this.send(batch);
  }

  private async send({ script, keys, args, runs }: Batch): Promise<void> {
    this.underWay += 1;
    const [reply] = await Promise.allSettled([script.runWith(this.client, keys.length, [...keys, ...args])]);
    this.underWay -= 1;
    // Before the answers are dealt with, so that Redis has something to do meanwhile.
    if (this.underWay === 0 && this.waiting.length > 0) {
      this.sendWaiting();
      endTurn();
    }
    for (const [at, run] of runs.entries()) {
      const answer: unknown = reply.status === 'fulfilled' ? (reply.value as unknown[])[at] : reply.reason;
      if (answer instanceof Error) run.reject(answer);
      else run.resolve(answer);
    }
  }
}

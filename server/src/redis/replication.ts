import { firstConnection, type RedisClient, type RedisConnections } from './connections';
import { isUnknownScript, type Script, type Value } from './script';

/** How many replicas must have what was written. */
const REPLICAS = 1;

/** How much of a batch's time the replica gets; the rest is for the way there and back. */
const WAIT_SHARE = 2 / 3;

/** How long a call may stand behind another batch, as a share of a batch's time. */
const QUEUE_SHARE = 1 / 2;

/** More would let other clients of Redis wait too long for their turn. */
const BATCH = 256;

/** Answers as `script.run` does. */
export type RunScript = (
  script: Script,
  keys: Record<string, string>,
  args: Record<string, Value>,
) => Promise<unknown>;

/** Redis has executed it, but too few replicas said in time that they have it too: nothing is promised. */
export class NotReplicatedError extends Error {
  override name = 'NotReplicatedError';
}

interface Call {
  script: Script;
  values: readonly Value[];
  byText: boolean;
  /** By when its batch must have begun, ms of `performance.now()`. */
  beginsUntil: number;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/**
 * Runs scripts that are answered for only once a replica has what they wrote.
 *
 * `WAIT` counts the writes of its own connection, and its answer is worth something only from the very server that executed
 * them: after a failover another connection may lead to another master. So the scripts and their `WAIT` go out together, as
 * one pipeline over one socket. What comes meanwhile goes with the next, so that one `WAIT` serves many. A script that
 * writes what was known before (a duplicate) waits as well, and replication is one ordered stream: then the replica has the
 * first one too.
 */
export class ReplicatedScripts {
  private waiting: Call[] = [];
  private isUnderWay = false;
  private readonly waitMs: number;

  /** `redis` is a connection of its own whose commands take at most `timeoutMs`; a call is settled within 1.5 times that. */
  constructor(
    private readonly redis: RedisClient,
    private readonly timeoutMs: number,
  ) {
    this.waitMs = Math.floor(timeoutMs * WAIT_SHARE);
  }

  static async open(connections: RedisConnections): Promise<ReplicatedScripts> {
    const redis = connections.forReplicatedWrites();
    await firstConnection(redis);
    return new ReplicatedScripts(redis, connections.replicatedWriteMs);
  }

  /** Rejects with `NotReplicatedError` without a replica, else as `script.run`; either way it may be in Redis. */
  readonly run: RunScript = async (script, keys, args) => {
    const values = script.valuesOf(keys, args);
    const beginsUntil = performance.now() + this.timeoutMs * QUEUE_SHARE;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.waiting.push({ script, values, byText: false, beginsUntil, resolve, reject });
    void this.work();
    return promise;
  };

  private async work(): Promise<void> {
    if (this.isUnderWay) return;
    this.isUnderWay = true;
    while (this.waiting.length > 0) {
      const now = performance.now();
      const batch = this.waiting.splice(0, BATCH);
      const [timely, late] = [
        batch.filter((call) => call.beginsUntil >= now),
        batch.filter((call) => call.beginsUntil < now),
      ];
      for (const call of late)
        call.reject(new NotReplicatedError('Others waited for a replica for too long'));
      if (timely.length > 0) await this.runBatch(timely);
    }
    this.isUnderWay = false;
  }

  private async runBatch(batch: readonly Call[]): Promise<void> {
    try {
      this.settle(batch, await this.send(batch));
    } catch (error) {
      // Nobody knows what of it was executed.
      for (const call of batch) call.reject(error as Error);
    }
  }

  private async send(batch: readonly Call[]): Promise<readonly [error: Error | null, answer: unknown][]> {
    // A pipeline would wait for a cluster that is away.
    if (this.redis.status !== 'ready') throw new Error('Connection is closed.');
    const pipeline = this.redis.pipeline();
    for (const { script, values, byText } of batch) script.addTo(pipeline, values, byText);
    pipeline.wait(REPLICAS, this.waitMs);
    return (await pipeline.exec()) ?? [];
  }

  private settle(batch: readonly Call[], answers: readonly [error: Error | null, answer: unknown][]): void {
    const [waitError, replicas] = answers.at(-1)!;
    const missing = waitError ?? this.isMissing(Number(replicas));
    batch.forEach((call, index) => {
      const [error, reply] = answers[index]!;
      if (isUnknownScript(error) && !call.byText) this.waiting.push({ ...call, byText: true });
      else if (error ?? missing) call.reject((error ?? missing)!);
      else {
        const answer = call.script.answerOf(reply);
        if (answer instanceof Error) call.reject(answer);
        else call.resolve(answer);
      }
    });
    // In a cluster, a pipeline that was refused does not look for the new master by itself.
    if (answers.some(([error]) => error) && 'refreshSlotsCache' in this.redis) this.redis.refreshSlotsCache();
  }

  private isMissing(replicas: number): NotReplicatedError | null {
    if (replicas >= REPLICAS) return null;
    return new NotReplicatedError(`No replica had it within ${this.waitMs} ms`);
  }
}

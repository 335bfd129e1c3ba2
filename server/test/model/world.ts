import { isDeepStrictEqual } from 'node:util';
import { EVENT_STATUSES } from '../../src/contract';
import type { Claim, Entry } from '../../src/queue/claims';
import type { RedisClient } from '../../src/redis/connections';
import type { Fate } from './manual-redis';
import { type ModelClaim, type ModelEntry, QueueModel } from './queue-model';
import { RealQueue } from './real-queue';
import { expected } from './view';

/** Something that was handed to a worker, as the model and as the queue know it. */
export interface Held<M, R> {
  owner: string;
  model: M;
  real: R;
}

/** The model, the real queue, and what workers hold of both, also those that died or lost it since. */
export class World {
  readonly model = new QueueModel();
  readonly real: RealQueue;
  readonly entries: Held<ModelEntry, Entry>[] = [];
  readonly claims: Held<ModelClaim, Claim>[] = [];
  /** Names of the workers that live. */
  readonly owners = ['w0', 'w1', 'w2'];
  private readonly late: (() => unknown)[] = [];
  /** How many were compared. */
  steps = 0;
  private deaths = 0;

  constructor(redis: RedisClient, prefix: string) {
    this.real = new RealQueue(redis, prefix, this.model);
  }

  /** Does the same to both; null when the answer is lost. What is late happens to both when it arrives. */
  async both<E, A>(
    fate: Fate,
    inModel: () => E,
    inReal: () => Promise<A>,
    show: (answer: A | E) => unknown = (answer) => answer,
  ): Promise<{ model: E; real: A } | null> {
    this.real.manual.fate = fate;
    if (fate === 'answered') {
      const answers = { model: inModel(), real: await inReal() };
      same(show(answers.real), show(answers.model));
      return answers;
    }
    await expect(inReal()).rejects.toThrow('Command timed out');
    if (fate === 'late') this.late.push(inModel);
    else inModel();
    return null;
  }

  isAnyLate(): boolean {
    return this.late.length > 0;
  }

  async arrive(place: number): Promise<void> {
    const at = place % this.late.length;
    this.late.splice(at, 1)[0]!();
    await this.real.manual.late.splice(at, 1)[0]!();
  }

  give(owner: string, model: ModelEntry[], real: Entry[]): void {
    this.entries.push(...model.map((entry, place) => ({ owner, model: entry, real: real[place]! })));
  }

  /** Whoever starts in its place has a name that nobody had. */
  kill(worker: number): void {
    this.owners[worker] = `w${worker}-${++this.deaths}`;
  }

  /** Every observable. */
  async compare(): Promise<void> {
    const status = EVENT_STATUSES[this.steps++ % EVENT_STATUSES.length]!;
    same(await this.real.observe(status), expected(this.model, status, this.model.changes.splice(0)));
  }
}

/** Jest's own comparison takes ten times as long, and says what differs. */
export function same(real: unknown, model: unknown): void {
  if (!isDeepStrictEqual(real, model)) expect(real).toStrictEqual(model);
}

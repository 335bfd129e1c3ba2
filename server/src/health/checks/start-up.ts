import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { Clock } from '../../config/clock';
import type { ReadonlyConfig } from '../../config/config';
import { StartRefused } from '../../config/start-up';
import { type Store, StoreRefusal } from '../../queue/store';
import type { RedisClient } from '../../redis/connections';
import { isRedisTrouble } from '../../redis/trouble';
import { readServerFacts } from './server-facts';
import { START_UP_CHECKS } from './start-up-checks';

/** How often a Redis that was away at the start is looked for, in ms. */
const LOOK_EVERY_MS = 250;

/**
 * Looks at what is around the process before it does anything, and says what is not right: as a warning, or by refusing
 * to start. A process also starts without Redis, and is not ready; then it looks as soon as Redis is there, and a refusal
 * ends it.
 */
export class StartUp {
  /** Whether everything was looked at and nothing is in the way. */
  passed = false;
  private readonly stopping = new AbortController();
  /** What was said already: a look that has to be repeated repeats nothing. */
  private readonly told = new Set<string>();
  private readonly late = Promise.withResolvers<StartRefused>();
  /** Resolves when a process that started without Redis must not go on. */
  readonly refused = this.late.promise;

  constructor(
    private readonly redis: RedisClient,
    private readonly store: Store,
    private readonly config: ReadonlyConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the process may go on; rejects with a `StartRefused`. */
  async begin(): Promise<void> {
    if (!(await this.look())) void this.keepLooking();
  }

  stop(): void {
    this.stopping.abort();
  }

  private async keepLooking(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (await this.look()) return;
      } catch (error) {
        if (error instanceof StartRefused) return this.late.resolve(error);
        // A fault of ours; it may go as it came.
        this.tell(`Redis cannot be checked: ${String(error)}`);
      }
      await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
        // Aborted: nobody waits for it any more.
      });
    }
  }

  /** False when Redis could not be asked. */
  private async look(): Promise<boolean> {
    if (this.redis.status !== 'ready') return false;
    try {
      const servers = await readServerFacts(this.redis, this.clock);
      const findings = START_UP_CHECKS.map((check) => check.look({ servers, config: this.config }));
      for (const { says, mend } of findings.filter(({ verdict, refuses }) => verdict !== 'ok' && !refuses))
        this.tell([says, mend].filter(Boolean).join(' '));
      const refusal = findings.find(({ refuses }) => refuses);
      if (refusal) throw new StartRefused(refusal.says, refusal.mend);
      await this.store.agree();
      return (this.passed = true);
    } catch (error) {
      if (error instanceof StoreRefusal) throw new StartRefused(error.message, error.mend);
      if (!isRedisTrouble(error)) throw error;
      this.tell(`Redis cannot be checked yet: ${error.message}`);
      return false;
    }
  }

  private tell(sentence: string): void {
    if (!this.told.has(sentence)) this.logger.warn(sentence);
    this.told.add(sentence);
  }
}

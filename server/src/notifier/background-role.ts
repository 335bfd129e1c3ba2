import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { Metrics } from '../telemetry/metrics';

/** How long a role rests after a run that failed, in ms. */
const REST_MS = 1000;

/** Something a worker does again and again besides its events. It never overlaps itself. */
export interface Role {
  readonly name: string;
  /** Does its work once; answers after how many ms it wants to run again. Rejects when Redis fails. */
  run(): Promise<number>;
}

/** Runs one role from start to stop. A run that fails is logged once until one succeeds, and tried again. */
export class BackgroundRole {
  private readonly stopping = new AbortController();
  private done: Promise<void> = Promise.resolve();
  private failing = false;

  constructor(
    private readonly role: Role,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  start(): void {
    this.done = this.loop();
  }

  /** Resolves when a run that is under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const restMs = await this.runOnce();
      await wait(restMs, undefined, { signal }).catch(() => {
        // Aborted: the loop ends.
      });
    }
  }

  private async runOnce(): Promise<number> {
    try {
      const restMs = await this.role.run();
      if (this.failing) this.logger.log(`${this.role.name} works again`);
      this.failing = false;
      return restMs;
    } catch (error) {
      // Redis is away, most likely. What was not done now is done by the next run.
      this.metrics.roleFailures.inc({ role: this.role.name });
      if (!this.failing) this.logger.warn(`${this.role.name} could not do its work: ${String(error)}`);
      this.failing = true;
      return REST_MS;
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { Messages } from './messages';

/** How often a process looks for changed definitions, in ms: a new one is in force everywhere well within a second. */
const LOOK_EVERY_MS = 250;

/** Keeps the definitions of this process up to date. That Redis is away is logged once until it is back. */
export class Follower {
  private readonly stopping = new AbortController();
  private done: Promise<void> = Promise.resolve();
  private failing = false;

  constructor(
    private readonly messages: Messages,
    private readonly logger: Pick<Logger, 'log' | 'warn'>,
  ) {}

  start(): void {
    this.done = this.loop();
  }

  /** Resolves when a look that is under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.look();
      await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
        // Aborted: the loop ends.
      });
    }
  }

  private async look(): Promise<void> {
    try {
      await this.messages.refresh();
      if (this.failing) this.logger.log('Message definitions are followed again');
      this.failing = false;
    } catch (error) {
      // Redis is away, most likely; what is known stays in force.
      if (!this.failing)
        this.logger.warn(
          `Message definitions cannot be looked at; going on with those known: ${String(error)}`,
        );
      this.failing = true;
    }
  }
}

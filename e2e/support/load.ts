/** A shop that never stops sending, and remembers every answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sender } from './sender.ts';

export interface Sent {
  eventId: string;
  startedAt: number;
  endedAt: number;
  status: number;
  retryAfter: string | null;
  /** The error's, if it was one. */
  code: unknown;
}

const LANES = 4;
const PAUSE_MS = 15;
/** So much of each order that what piles up somewhere can be seen. */
const NOTE = 'x'.repeat(4000);

export class Load {
  readonly sent: Sent[] = [];
  readonly #sender: Sender;
  readonly #name: string;
  #isOver = false;
  readonly #lanes: Promise<void>[];

  constructor(sender: Sender, name: string) {
    this.#sender = sender;
    this.#name = name;
    this.#lanes = Array.from({ length: LANES }, (_, lane) => this.#run(lane));
  }

  /** Resolves when every request was answered. Rejects when one was not. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  async #run(lane: number): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const eventId = `${this.#name}-${lane}-${number}`;
      const startedAt = performance.now();
      const { status, headers, body } = await this.#sender.order({ event_id: eventId, note: NOTE });
      const retryAfter = headers.get('retry-after');
      this.sent.push({ eventId, startedAt, endedAt: performance.now(), status, retryAfter, code: body.code });
      await delay(PAUSE_MS);
    }
  }
}

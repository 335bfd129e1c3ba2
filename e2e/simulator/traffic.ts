import type { Exchange } from './exchange.ts';

export interface TrafficStats {
  /** Requests to `messages:send`, those refused before they were a message included. */
  received: number;
  by_answer: Record<string, number>;
  by_protocol: Record<string, number>;
  /** Requests under way now, and the most there ever were at once: in all, and on one connection. */
  open: number;
  open_max: number;
  open_max_per_session: number;
}

/** Counts requests to `messages:send`. */
export class Traffic {
  readonly #byAnswer: Record<string, number> = {};
  readonly #byProtocol: Record<string, number> = {};
  readonly #openBySession = new WeakMap<object, { open: number }>();
  #received = 0;
  #open = 0;
  #openMax = 0;
  #openMaxPerSession = 0;

  stats(): TrafficStats {
    return {
      received: this.#received,
      by_answer: { ...this.#byAnswer },
      by_protocol: { ...this.#byProtocol },
      open: this.#open,
      open_max: this.#openMax,
      open_max_per_session: this.#openMaxPerSession,
    };
  }

  begin(exchange: Exchange): void {
    const { connection, protocol } = exchange;
    this.#received++;
    this.#byProtocol[protocol] = (this.#byProtocol[protocol] ?? 0) + 1;
    const session = this.#openBySession.get(connection) ?? { open: 0 };
    this.#openBySession.set(connection, session);
    this.#openMax = Math.max(this.#openMax, ++this.#open);
    this.#openMaxPerSession = Math.max(this.#openMaxPerSession, ++session.open);
    exchange.onClose(() => {
      this.#open--;
      session.open--;
    });
  }

  /** Under the word of its answer. */
  count(word: string): void {
    this.#byAnswer[word] = (this.#byAnswer[word] ?? 0) + 1;
  }
}

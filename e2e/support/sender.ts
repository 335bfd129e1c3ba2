/** A shop that sends signed webhooks. */
import { signedRequest } from './sign.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  durationMs: number;
}

export interface Order {
  event_id: string;
  order_id?: string;
  user_id?: string;
  [field: string]: unknown;
}

export class Sender {
  readonly #apiUrl: string;
  readonly #secret: string;

  constructor({ apiUrl, webhookSecret }: { apiUrl: string; webhookSecret: string }) {
    this.#apiUrl = apiUrl;
    this.#secret = webhookSecret;
  }

  /** An `order.created`, complete but for what is given. */
  order(order: Order, options: { timestamp?: number } = {}): Promise<Answer> {
    return this.request(
      signedRequest({ order_id: '1001', user_id: 'alice', ...order }, this.#secret, options),
    );
  }

  /** Sends an order until it is taken in, as every sender of webhooks does. */
  async insist(order: Order): Promise<Answer> {
    for (;;) {
      const answer = await this.order(order);
      if (answer.status !== 503) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** An event of any type. */
  event(type: string, body: { event_id: string; [field: string]: unknown }): Promise<Answer> {
    return this.request(signedRequest(body, this.#secret), type);
  }

  async request(init: RequestInit, type = 'order.created'): Promise<Answer> {
    const started = performance.now();
    const response = await fetch(`${this.#apiUrl}/api/webhook/${type}`, init);
    const body = (await response.json()) as Record<string, unknown>;
    const { status, headers } = response;
    return { status, headers, body, durationMs: performance.now() - started };
  }
}

/** Runs `work` for 0 to `count` - 1, so many of them at once. */
export async function inParallel(count: number, atOnce: number, work: (index: number) => Promise<void>) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

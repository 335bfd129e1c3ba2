/** The sender: steady webhooks to all apis, with everything it was told in its log. */
import { setTimeout as wait } from 'node:timers/promises';
import { Sender } from '../support/sender.ts';
import { signedRequest } from '../support/sign.ts';
import { pickWeighted, type Random, seededRandom } from './random.ts';
import type { Answer, Conclusion, LoggedEvent } from './sources.ts';

/** What FCM does about an event's message, in the simulator's words, and how often. */
export const FCM_ANSWERS = {
  'slow-150': 42,
  ok: 30,
  'unavailable-1x': 7,
  'unavailable-2x': 4,
  unavailable: 2,
  unregistered: 4,
  'invalid-payload': 2,
  'quota-1-1x': 3,
  'hang-1x': 2,
  'reset-1x': 2,
  'garbage-1x': 1.5,
  'goaway-1x': 0.2,
} as const;
export const RETRY_AFTER_MS = 1000;

/** What the sender does with an event, and how often. */
export const HABITS = {
  /** Sends it until it is acknowledged. */
  patient: 82,
  /** Sends it once, whatever the answer. */
  impatient: 6,
  /** Sends it to two apis at the same moment. */
  twice: 6,
  /** Sends it again after it was acknowledged. */
  again: 4,
  forged: 1,
  incomplete: 1,
} as const;

const LANES = 48;
const ANSWER_WITHIN_MS = 3000;
const WAITS_MS = [100, 200, 400, 800, 1600, 3200];
/** Tokens are put into Redis so many at a time, ahead of their events. */
const TOKENS_AT_ONCE = 1000;

export interface LoadOptions {
  apiUrls: readonly string[];
  webhookSecret: string;
  seed: number;
  perSecond: number;
  /** By weight, in the simulator's words. */
  fcmAnswers: Partial<Record<keyof typeof FCM_ANSWERS, number>>;
  /** By weight. */
  habits: Record<keyof typeof HABITS, number>;
  putTokens(tokens: [user: string, token: string][]): Promise<unknown>;
}

export class Load {
  readonly log: LoggedEvent[] = [];
  readonly #options: LoadOptions;
  readonly #senders: Sender[];
  readonly #random: Random;
  readonly #stopping = new AbortController();
  #lanes: Promise<unknown> = Promise.resolve();
  #startedAt = 0;
  #next = 0;
  #tokens: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#senders = options.apiUrls.map((apiUrl) => new Sender({ apiUrl, ...options }));
    this.#random = seededRandom(options.seed ^ 0x5eed);
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#lanes = Promise.all(Array.from({ length: LANES }, () => this.#lane()));
  }

  /** Resolves when every request that was begun has its end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#lanes;
  }

  async #lane(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const number = this.#next++;
      if (number % TOKENS_AT_ONCE === 0) this.#tokens = this.#putTokens(number);
      await this.#tokens;
      const early = this.#startedAt + (number / this.#options.perSecond) * 1000 - performance.now();
      if (early > 0) await wait(early);
      if (!signal.aborted) await this.#send(number);
    }
  }

  #putTokens(from: number): Promise<unknown> {
    const weights = this.#options.fcmAnswers as Record<string, number>;
    const numbers = Array.from({ length: TOKENS_AT_ONCE }, (_, index) => from + index);
    return this.#options.putTokens(
      numbers.map((number) => [`user-${number}`, `${pickWeighted(this.#random, weights)}-u${number}`]),
    );
  }

  async #send(number: number): Promise<void> {
    const habit = pickWeighted(this.#random, this.#options.habits);
    const made = habit === 'forged' || habit === 'incomplete' ? habit : 'genuine';
    const event: LoggedEvent = { eventId: `evt-${number}`, made, answers: [] };
    this.log.push(event);
    const user = habit === 'incomplete' ? {} : { user_id: `user-${number}` };
    const body = JSON.stringify({ event_id: event.eventId, order_id: `order-${number}`, ...user });

    const [here, there] = [number % this.#senders.length, (number + 1) % this.#senders.length];
    if (habit === 'twice')
      await Promise.all([this.#request(event, body, here), this.#request(event, body, there)]);
    else if (habit === 'impatient' || made !== 'genuine') await this.#request(event, body, here);
    else await this.#insist(event, body, here);
    if (habit === 'again') await this.#insist(event, body, there);
  }

  /** Until it is acknowledged, at one api after the other. */
  async #insist(event: LoggedEvent, body: string, first: number): Promise<void> {
    for (const [turn, ms] of WAITS_MS.entries()) {
      const { conclusion } = await this.#request(event, body, (first + turn) % this.#senders.length);
      if (conclusion === 'ok') return;
      await wait(ms);
    }
  }

  async #request(event: LoggedEvent, body: string, api: number): Promise<Answer> {
    const secret = event.made === 'forged' ? 'not the secret they share' : this.#options.webhookSecret;
    const request = { ...signedRequest(body, secret), signal: AbortSignal.timeout(ANSWER_WITHIN_MS) };
    const answering = this.#senders[api]!.request(request);
    const answer = await answering.then((given) => readAnswer(given.status, given.body), readFailure);
    event.answers.push(answer);
    return answer;
  }
}

export function readAnswer(status: number, body: Record<string, unknown>): Answer {
  const word = String(body['code'] ?? body['status'] ?? '');
  return { conclusion: concludeFrom(status), status, word, conflict: body['conflict'] === true };
}

function concludeFrom(status: number): Conclusion {
  if (status >= 200 && status < 300) return 'ok';
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** Only a connection that was never made proves that the request did not arrive. */
export function readFailure(error: unknown): Answer {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  const conclusion = cause?.code === 'ECONNREFUSED' ? 'refused' : 'unknown';
  return { conclusion, status: null, word: cause?.code ?? '', conflict: false };
}

/** Sends generated requests to an api until so many were sent, and judges every answer. */
import fc from 'fast-check';
import { exchange } from './exchange.ts';
import { Books, isOneOf, type Taken } from './judge.ts';
import { expect, type Expectation, type Rules } from './oracle.ts';
import { conversation, type Conversation } from './requests.ts';
import { toBytes, type WireRequest } from './wire.ts';

export interface Campaign {
  books: Books;
  requests: number;
  /** How often each status was answered. */
  statuses: Map<number, number>;
  /** Answers lost because the api closed with something of ours unread. */
  lost: number;
}

/** At the end of a conversation that goes on: its answer shows that nothing was answered once too often. */
const LAST = Buffer.from('GET /api/health/live HTTP/1.1\r\nHost: herald\r\nConnection: close\r\n\r\n');

/** Bytes that the api has certainly read when it closes a connection because of what comes after them. */
const READ_AT_ONCE = 10_000;

const CONNECTIONS_AT_ONCE = 16;
const ROUNDS = 20;

export class Attacker {
  readonly campaign: Campaign = { books: new Books(), requests: 0, statuses: new Map(), lost: 0 };
  readonly #port: number;
  readonly #rules: Rules;
  /** What was wrong before it was made as small as possible. */
  #first: string | undefined;

  constructor(apiUrl: string, rules: Rules) {
    this.#port = Number(new URL(apiUrl).port);
    this.#rules = rules;
  }

  /** Throws with the seed and the smallest failing conversation when an answer is not one that may be given. */
  async send(atLeast: number, seed: number): Promise<void> {
    const rounds = fc.array(conversation(this.#rules.maxBody), {
      minLength: 1,
      maxLength: CONNECTIONS_AT_ONCE,
      size: 'max',
    });
    const goal = this.campaign.requests + atLeast;
    for (let next = seed; this.campaign.requests < goal; next++) {
      const holds = fc.asyncProperty(rounds, (conversations) => this.#round(conversations));
      await fc.assert(holds, {
        seed: next,
        numRuns: ROUNDS,
        interruptAfterTimeLimit: 120_000,
        reporter: (run) => this.#report(run),
      });
    }
  }

  /** In our own words: what fast-check would print of a plan is the text of a function. */
  #report({
    failed,
    seed,
    counterexamplePath,
    numShrinks,
    errorInstance,
  }: fc.RunDetails<[Conversation[]]>): void {
    if (!failed) return;
    const where = `seed ${seed}, path ${counterexamplePath}, after ${numShrinks} shrinks`;
    throw new Error(
      `A wrong answer (${where}):\n${String(errorInstance ?? 'interrupted')}\nfirst seen as:\n${this.#first}`,
    );
  }

  async #round(conversations: readonly Conversation[]): Promise<void> {
    const results = await Promise.all(conversations.map((one) => this.#converse(one)));
    const wrong = this.campaign.books.enter(results.flatMap(({ taken }) => taken));
    wrong.push(...results.flatMap((result) => result.wrong));
    if (wrong.length === 0) return;
    this.#first ??= wrong.join('\n');
    throw new Error(wrong.join('\n'));
  }

  async #converse({ plans, pieces }: Conversation): Promise<{ taken: Taken[]; wrong: string[] }> {
    const nowS = Math.floor(Date.now() / 1000);
    const requests: WireRequest[] = [];
    const expected: Expectation[] = [];
    for (const plan of plans) {
      const request = plan.toRequest(this.#rules.secret, nowS);
      const expectation = expect(request, this.#rules, nowS);
      // A connection that is closed with much unread is reset, and with it may go the answers to what came before.
      if (expectation.ends && requests.length > 0 && request.body.length > READ_AT_ONCE) break;
      requests.push(request);
      expected.push(expectation);
      if (expectation.ends) break;
    }
    this.campaign.requests += requests.length;
    const ending = expected.at(-1)!;
    const half = requests.at(-1)!.framing.kind === 'half';
    const bytes = Buffer.concat([...requests.map(toBytes), ...(ending.ends ? [] : [LAST])]);
    const parts = split(bytes, ending.ends && requests.length > 1 ? 1 : pieces);
    const { answers, reset, trouble } = await exchange(this.#port, parts, half);
    if (trouble) return { taken: [], wrong: [`${trouble} for ${requests.map(show).join('\nand ')}`] };
    for (const { status } of answers) this.#count(status);

    const sequence = [...expected];
    if (ending.thenNoHttp) sequence.push({ oneOf: [{ kind: 'problem', code: 'invalid_query' }], ends: true });
    const wrong: string[] = [];
    const taken: Taken[] = [];
    for (const [at, { oneOf, ends }] of sequence.entries()) {
      const answer = answers[at];
      const genuine = oneOf.find((outcome) => outcome.kind === 'genuine');
      const mayBeSilent =
        oneOf.some(({ kind }) => kind === 'silence') || (ends && (reset || half) && !genuine);
      if (!answer && mayBeSilent) this.campaign.lost += 1;
      else if (!answer || !isOneOf(answer, oneOf))
        wrong.push(
          `${answer?.status} ${answer?.text} instead of ${JSON.stringify(oneOf)} for ${show(requests[at])}`,
        );
      else if (genuine && answer.status < 300) {
        const { body, framing } = requests[at]!;
        const content = framing.kind === 'length' ? body.subarray(0, framing.declared) : body;
        taken.push({ eventId: genuine.eventId, body: content, answer });
      }
    }
    const surplus = answers.slice(sequence.length);
    const isSurplusRight = ending.ends
      ? surplus.length === 0
      : surplus.length === 1 && surplus[0]!.status === 200;
    if (!isSurplusRight && wrong.length === 0)
      wrong.push(`${JSON.stringify(surplus)} after ${show(requests.at(-1))}`);
    return { taken, wrong };
  }

  #count(status: number): void {
    this.campaign.statuses.set(status, (this.campaign.statuses.get(status) ?? 0) + 1);
  }
}

function split(bytes: Buffer, pieces: number): Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
}

function show(request: WireRequest | undefined): string {
  return request ? JSON.stringify(toBytes(request).toString('latin1').slice(0, 3000)) : 'nothing';
}

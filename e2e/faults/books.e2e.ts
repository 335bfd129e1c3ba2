/** The checker itself, on made-up books: balanced ones pass, and each planted mistake is found by its rule. */
import { expect, test } from '@playwright/test';
import { balance, figures, RULE_NAMES } from './books.ts';
import { killsOf, LEAST_KILLS, plan, STEP_NAMES } from './faults.ts';
import { readAnswer, readFailure } from './load.ts';
import type { Answer, Line, LoggedEvent, Sources, StoredEvent } from './sources.ts';

const ACCEPTED: Answer = { conclusion: 'ok', status: 202, word: 'queued', conflict: false };
const DUPLICATE: Answer = { conclusion: 'ok', status: 200, word: 'duplicate', conflict: false };
const CUT: Answer = { conclusion: 'unknown', status: null, word: 'UND_ERR_SOCKET', conflict: false };
const UNHEARD: Answer = { conclusion: 'refused', status: null, word: 'ECONNREFUSED', conflict: false };
const FORGED: Answer = { conclusion: 'refused', status: 401, word: 'invalid_signature', conflict: false };

const RECEIVED: Line = { kind: 'received', at: 1000 };
const attempt = (
  started: number,
  outcome: 'delivered' | 'failed' | 'unknown',
  code = '',
  counted = true,
): Line => ({
  kind: 'attempt',
  started,
  outcome,
  code,
  counted,
});
const retry = (at: number, delayMs: number): Line => ({ kind: 'retry_scheduled', at, due: at + delayMs });
const dead = (code: string): Line => ({ kind: 'dead_lettered', at: 9000, code });
const LOST = (started: number) => attempt(started, 'unknown', 'worker_lost', false);

const SENT: StoredEvent = {
  eventId: 'sent',
  status: 'sent',
  attempts: 1,
  error: '',
  lines: [RECEIVED, attempt(1010, 'delivered')],
};
const RETRIED: StoredEvent = {
  eventId: 'retried',
  status: 'sent',
  attempts: 3,
  error: '',
  lines: [
    RECEIVED,
    ...[attempt(1010, 'failed', 'UNAVAILABLE'), retry(1020, 200)],
    ...[attempt(1230, 'failed', 'QUOTA_EXCEEDED', false), retry(1240, 1000)],
    attempt(2250, 'delivered'),
  ],
};
/** A worker was killed while it had this one; FCM had taken the message, and took it again from another. */
const REPEATED: StoredEvent = {
  eventId: 'repeated',
  status: 'sent',
  attempts: 2,
  error: '',
  lines: [RECEIVED, LOST(1010), attempt(5000, 'delivered')],
};
const DEAD: StoredEvent = {
  eventId: 'dead',
  status: 'failed',
  attempts: 3,
  error: 'unknown',
  lines: [
    RECEIVED,
    ...[attempt(1010, 'failed', 'UNAVAILABLE'), retry(1020, 200)],
    ...[attempt(1230, 'failed', 'UNAVAILABLE'), retry(1240, 500)],
    ...[attempt(1750, 'unknown', 'unknown'), dead('unknown')],
  ],
};
const POISON: StoredEvent = {
  eventId: 'poison',
  status: 'failed',
  attempts: 2,
  error: 'poison',
  lines: [RECEIVED, LOST(1010), LOST(5000), dead('poison')],
};
const GONE: StoredEvent = {
  eventId: 'gone',
  status: 'failed',
  attempts: 1,
  error: 'UNREGISTERED',
  lines: [RECEIVED, attempt(1010, 'failed', 'UNREGISTERED'), dead('UNREGISTERED')],
};

const genuine = (eventId: string, ...answers: Answer[]): LoggedEvent => ({
  eventId,
  made: 'genuine',
  answers,
});
const message = (eventId: string, at: number, answer: string) => ({ eventId, at, answer });

/** Books that balance, with one event of every kind; a test spoils one thing in them. */
function books(): Sources {
  return structuredClone({
    log: [
      genuine('sent', ACCEPTED, DUPLICATE),
      genuine('retried', CUT, DUPLICATE),
      genuine('repeated', UNHEARD, ACCEPTED),
      genuine('dead', ACCEPTED),
      genuine('poison', CUT),
      genuine('gone', ACCEPTED),
      genuine('never-heard', UNHEARD),
      genuine('perhaps', CUT),
      { eventId: 'forged', made: 'forged', answers: [FORGED] },
    ],
    redis: {
      events: [SENT, RETRIED, REPEATED, DEAD, POISON, GONE],
      indexes: {
        ...{ queued: [], processing: [], retrying: [] },
        ...{ sent: ['sent', 'retried', 'repeated'], failed: ['dead', 'poison', 'gone'] },
      },
      waiting: { stream: [], pending: [], due: [] },
    },
    ledger: [
      message('sent', 1012, 'OK'),
      message('retried', 1012, 'UNAVAILABLE'),
      message('retried', 1232, 'QUOTA_EXCEEDED'),
      message('retried', 2252, 'OK'),
      message('repeated', 1012, 'OK'),
      message('repeated', 5002, 'OK'),
      message('dead', 1012, 'UNAVAILABLE'),
      message('dead', 1232, 'UNAVAILABLE'),
      message('dead', 1752, 'HANG'),
      message('gone', 1012, 'UNREGISTERED'),
    ],
    totals: { received: 8, deduped: 2, sent: 3, failed: 5, dlq: 3, queue_size: 0 },
    held: ['repeated', 'poison', 'poison'],
    ended: [],
    settings: { retryDelaysMs: [200, 500], maxDeliveries: 2, retryAfterMs: 1000 },
  } satisfies Sources);
}

test('books that balance pass', () => {
  expect(balance(books())).toEqual([]);
  expect(figures(books())).toMatchObject({
    'events that ended sent': 3,
    'of them poison': 1,
    'repeats: OK from FCM more than once': 1,
  });
});

type Spoil = (books: Sources) => unknown;
const event = ({ redis }: Sources, eventId: string) => redis.events.find((each) => each.eventId === eventId)!;
const logged = ({ log }: Sources, eventId: string) => log.find((each) => each.eventId === eventId)!;
const line = <K extends Line['kind']>(of: StoredEvent, kind: K, nth = 0) =>
  of.lines.filter((each) => each.kind === kind)[nth] as Extract<Line, { kind: K }>;
const forget = (from: Sources, eventId: string) => {
  from.redis.events = from.redis.events.filter((each) => each.eventId !== eventId);
};

/** Every rule with the mistakes it must find. */
const PLANTED: Record<string, Record<string, Spoil>> = {
  'only documented answers': {
    'a 500': (b) => logged(b, 'sent').answers.push({ ...CUT, status: 500, word: 'internal' }),
    'a 503 without its code': (b) => logged(b, 'sent').answers.push({ ...CUT, status: 503, word: '' }),
    'a forged webhook taken in': (b) => (logged(b, 'forged').answers = [ACCEPTED]),
    'a genuine webhook refused': (b) => logged(b, 'sent').answers.push(FORGED),
  },
  'accepted once': {
    'two 202s for one id': (b) => logged(b, 'sent').answers.push(ACCEPTED),
    'a duplicate of nothing': (b) => (logged(b, 'sent').answers = [UNHEARD, DUPLICATE]),
    'a conflict where the bodies were the same': (b) => (logged(b, 'sent').answers[1]!.conflict = true),
  },
  'nothing acknowledged is lost': {
    'no record': (b) => forget(b, 'sent'),
    'a record that stays under way': (b) => (event(b, 'sent').status = 'processing'),
  },
  'nothing unexpected is stored': {
    'a record nobody sent': (b) => b.redis.events.push({ ...SENT, eventId: 'stranger' }),
    'a record of a forged webhook': (b) => b.redis.events.push({ ...SENT, eventId: 'forged' }),
    'a record of what never reached an api': (b) => b.redis.events.push({ ...SENT, eventId: 'never-heard' }),
  },
  'nothing unexpected is sent': {
    'a message about no event': (b) => b.ledger.push(message('stranger', 1012, 'OK')),
    'a message about a forged event': (b) => b.ledger.push(message('forged', 1012, 'OK')),
  },
  'every message belongs to an attempt': {
    'a message too many': (b) => b.ledger.push(message('gone', 1013, 'UNREGISTERED')),
  },
  'taken over only what was in flight at a fault': {
    'a take-over without a fault': (b) => (b.held = ['poison', 'poison']),
    'one more than faults': (b) => (b.held = ['repeated', 'poison']),
  },
  'repeats only after a take-over or an unknown answer': {
    'a repeat nobody can explain': (b) => b.ledger.push(message('sent', 1013, 'OK')),
  },
  'what is recorded happened': {
    'a delivery FCM knows nothing of': (b) => b.ledger.splice(0, 1),
    'a refusal FCM never gave': (b) => (b.ledger.at(-1)!.answer = 'OK'),
    'an attempt that is not counted': (b) => event(b, 'retried').attempts--,
    'sent without a delivery': (b) => Object.assign(event(b, 'gone'), { status: 'sent', error: '' }),
  },
  'every end has its reason': {
    'given up with a retry left': (b) => event(b, 'dead').lines.splice(3, 2),
    'poison after one death': (b) => event(b, 'poison').lines.splice(1, 1),
    'a permanent failure FCM did not name': (b) =>
      Object.assign(event(b, 'gone'), { error: 'INVALID_ARGUMENT' }).lines.splice(
        2,
        1,
        dead('INVALID_ARGUMENT'),
      ),
    'an end nobody documents': (b) =>
      Object.assign(event(b, 'gone'), { error: 'expired' }).lines.splice(2, 1, dead('expired')),
    'a history that ends otherwise': (b) => event(b, 'gone').lines.pop(),
    'a retry too many': (b) => (b.settings.retryDelaysMs = []),
    'sent with an error': (b) => (event(b, 'sent').error = 'unknown'),
  },
  'retries as scheduled': {
    'a wrong delay': (b) => (line(event(b, 'retried'), 'retry_scheduled').due += 50),
    'the second delay first': (b) => (line(event(b, 'dead'), 'retry_scheduled', 1).due -= 300),
    'Retry-After not heeded': (b) => (line(event(b, 'retried'), 'retry_scheduled', 1).due -= 900),
    'tried before it was due': (b) => (line(event(b, 'retried'), 'attempt', 2).started -= 100),
    'sent before it was due': (b) => (b.ledger[2]!.at -= 100),
    'scheduled without an attempt': (b) => event(b, 'retried').lines.splice(1, 1),
  },
  'everything settles': {
    'a record under way': (b) => (event(b, 'sent').status = 'retrying'),
    'an entry in the stream': (b) => b.redis.waiting.stream.push('sent'),
    'a pending entry': (b) => b.redis.waiting.pending.push('1-1'),
    'a due time': (b) => b.redis.waiting.due.push('sent'),
  },
  'counters equal the recount': {
    'fewer received than were answered': (b) => (b.totals.received = 5),
    'more received than can be': (b) => (b.totals.received = 10),
    'fewer duplicates than were answered': (b) => (b.totals.deduped = 1),
    'a record nobody counted': (b) => (b.totals.deduped = 3),
    ...Object.fromEntries(
      (['sent', 'failed', 'dlq', 'queue_size'] as const).map((name): [string, Spoil] => [
        `one ${name} too many`,
        (b) => b.totals[name]++,
      ]),
    ),
  },
  'indexes agree with the records': {
    'listed elsewhere': (b) => b.redis.indexes['failed']!.push(b.redis.indexes['sent']!.pop()!),
    'listed twice': (b) => b.redis.indexes['queued']!.push('sent'),
    'not listed': (b) => b.redis.indexes['sent']!.pop(),
    'listed without a record': (b) => b.redis.indexes['sent']!.push('stranger'),
  },
  'no process ends by itself': {
    'one that did': (b) => b.ended.push('worker-1 has ended'),
  },
};

test('every rule has its planted mistakes', () => {
  expect(Object.keys(PLANTED)).toEqual(RULE_NAMES);
});

for (const [rule, mistakes] of Object.entries(PLANTED))
  test(`"${rule}" finds ${Object.keys(mistakes).join(', ')}`, () => {
    for (const [what, spoil] of Object.entries(mistakes)) {
      const spoilt = books();
      spoil(spoilt);
      expect(
        balance(spoilt).map((violation) => violation.rule),
        what,
      ).toContain(rule);
    }
  });

test('what a zombie still does is no violation: it brings its good news late, and its message early', () => {
  const late = books();
  const zombie = event(late, 'repeated');
  zombie.lines = [
    RECEIVED,
    LOST(1010),
    attempt(5000, 'failed', 'UNAVAILABLE'),
    retry(5010, 200),
    attempt(1010, 'delivered'),
  ];
  zombie.attempts = 3;
  late.ledger = late.ledger.filter(({ eventId }) => eventId !== 'repeated');
  late.ledger.push(message('repeated', 5002, 'UNAVAILABLE'), message('repeated', 5100, 'OK'));
  late.totals.failed++;
  expect(balance(late)).toEqual([]);
});

test('the same seed gives the same plan, another one another; the full form kills as often as it promises', () => {
  expect(plan(7, 'full')).toEqual(plan(7, 'full'));
  expect(plan(7, 'full')).not.toEqual(plan(8, 'full'));
  const kills = killsOf(plan(7, 'full'));
  for (const [kind, least] of Object.entries(LEAST_KILLS))
    expect(kills[kind as keyof typeof LEAST_KILLS]).toBeGreaterThanOrEqual(least);
  for (const form of ['short', 'full'] as const)
    expect(new Set(plan(1, form).map(({ name }) => name))).toEqual(new Set(STEP_NAMES));
});

test('what the sender concludes from an answer, and from none', () => {
  const conclusions = [200, 202, 401, 429, 500, 503].map((status) => readAnswer(status, {}).conclusion);
  expect(conclusions).toEqual(['ok', 'ok', 'refused', 'refused', 'unknown', 'unknown']);
  const failed = (code?: string) =>
    readFailure(new TypeError('fetch failed', { cause: { code } })).conclusion;
  expect(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET', undefined].map(failed)).toEqual([
    'refused',
    'unknown',
    'unknown',
    'unknown',
  ]);
});

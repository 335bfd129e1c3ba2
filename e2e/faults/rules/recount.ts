/** Counters and indexes, against the records one by one. */
import { type Rule, SETTLED } from './ledgers.ts';

export const RECOUNT_RULES: Record<string, Rule> = {
  *'everything settles'({ redis }) {
    for (const { eventId, status } of redis.events)
      if (!SETTLED.includes(status)) yield `${eventId} is still ${status}`;
    for (const [where, ids] of Object.entries(redis.waiting))
      for (const id of ids) yield `${id} still waits in ${where}`;
  },

  *'counters equal the recount'({ log, redis, totals }, ledgers) {
    const answers = log.flatMap((event) => event.answers);
    const withStatus = (status: number) => answers.filter((answer) => answer.status === status).length;
    const unknown = answers.filter(({ conclusion }) => conclusion === 'unknown').length;
    const stored = (status: string) => redis.events.filter((event) => event.status === status).length;
    const failures = redis.events
      .flatMap(({ eventId }) => ledgers.attempts(eventId))
      .filter((attempt) => attempt.outcome !== 'delivered' && attempt.counted).length;

    // A request whose end is unknown may have been counted, or not.
    const bounds: [name: string, value: number, least: number, most: number][] = [
      [
        'received',
        totals.received,
        withStatus(202) + withStatus(200),
        withStatus(202) + withStatus(200) + unknown,
      ],
      ['deduped', totals.deduped, withStatus(200), withStatus(200) + unknown],
      ['received - deduped', totals.received - totals.deduped, redis.events.length, redis.events.length],
      ['sent', totals.sent, stored('sent'), stored('sent')],
      ['failed', totals.failed, failures, failures],
      ['dlq', totals.dlq, stored('failed'), stored('failed')],
      ['queue_size', totals.queue_size, 0, 0],
    ];
    for (const [name, value, least, most] of bounds)
      if (value < least || value > most)
        yield `${name} is ${value}, recounted ${least === most ? least : `${least} to ${most}`}`;
  },

  *'indexes agree with the records'({ redis }, { stored }) {
    const places = new Map<string, string[]>();
    for (const [status, ids] of Object.entries(redis.indexes))
      for (const id of ids) {
        if (!stored.has(id)) yield `${id} is listed as ${status} and has no record`;
        places.set(id, [...(places.get(id) ?? []), status]);
      }
    for (const { eventId, status } of redis.events) {
      const listed = (places.get(eventId) ?? []).join(' and ');
      if (listed !== status) yield `${eventId} is ${status} and listed as ${listed || 'nothing'}`;
    }
  },

  *'no process ends by itself'({ ended }) {
    yield* ended;
  },
};

/** What the sender was told, against what became of it. */
import type { Answer, LoggedEvent } from '../sources.ts';
import { type Rule, SETTLED } from './ledgers.ts';

/** The README's table of answers. */
const DOCUMENTED: Record<number, readonly string[]> = {
  200: ['duplicate'],
  202: ['queued'],
  400: [
    'missing_timestamp',
    'invalid_timestamp',
    'request_too_old',
    'request_in_future',
    'invalid_json',
    'invalid_payload',
  ],
  401: ['missing_signature', 'invalid_signature'],
  404: ['unknown_event_type', 'unknown_source'],
  408: ['request_timeout'],
  413: ['payload_too_large'],
  415: ['unsupported_encoding'],
  429: ['rate_limited'],
  503: ['queue_unavailable'],
};
/** These may be given to any request: they say nothing about the event. */
const ABOUT_THE_MOMENT = [408, 503];
const RIGHT_ANSWERS: Record<LoggedEvent['made'], readonly number[]> = {
  genuine: [200, 202],
  forged: [401],
  incomplete: [400],
};

const answered = ({ answers }: LoggedEvent, status: number) =>
  answers.filter((answer) => answer.status === status);
const mayHaveStored = ({ conclusion }: Answer) => conclusion !== 'refused';

export const ANSWER_RULES: Record<string, Rule> = {
  *'only documented answers'({ log }) {
    for (const { eventId, made, answers } of log)
      for (const { status, word } of answers) {
        if (status === null) continue;
        if (!DOCUMENTED[status]?.includes(word)) yield `${eventId} was answered ${status} "${word}"`;
        else if (![...RIGHT_ANSWERS[made], ...ABOUT_THE_MOMENT].includes(status))
          yield `${eventId} is ${made} and was answered ${status} "${word}"`;
      }
  },

  *'accepted once'({ log }) {
    for (const event of log) {
      const [accepted, duplicates] = [answered(event, 202), answered(event, 200)];
      if (accepted.length > 1) yield `${event.eventId} was accepted as new ${accepted.length} times`;
      // Of all requests that may have stored it, one must have been the first.
      if (duplicates.length > 0 && event.answers.filter(mayHaveStored).length === duplicates.length)
        yield `${event.eventId} is said to be a duplicate of nothing`;
      if (event.answers.some(({ conflict }) => conflict))
        yield `${event.eventId} is said to have had another body`;
    }
  },

  *'nothing acknowledged is lost'({ log }, { stored }) {
    for (const { eventId, answers } of log) {
      if (!answers.some(({ conclusion }) => conclusion === 'ok')) continue;
      const status = stored.get(eventId)?.status;
      if (!status) yield `${eventId} was acknowledged and is not in Redis`;
      else if (!SETTLED.includes(status)) yield `${eventId} was acknowledged and is still ${status}`;
    }
  },

  *'nothing unexpected is stored'({ redis }, { logged }) {
    for (const { eventId } of redis.events) {
      const event = logged.get(eventId);
      if (!event) yield `${eventId} is in Redis and nobody sent it`;
      else if (event.made !== 'genuine' || !event.answers.some(mayHaveStored))
        yield `${eventId} is in Redis though it was refused every time`;
    }
  },

  *'nothing unexpected is sent'({ ledger }, { stored, logged }) {
    for (const { eventId, answer } of ledger)
      if (!stored.has(eventId) || logged.get(eventId)?.made !== 'genuine')
        yield `a message for "${eventId}" reached FCM (${answer}), and there is no such event`;
  },
};

import { type Answer, delivered, refused } from './answers.ts';
import { type ErrorRow, ERRORS } from './errors.ts';

/** What the simulator does about one message. */
export type Reaction =
  | { kind: 'answer'; answer: Answer; delayMs?: number }
  /** Never answers; the stream stays open. */
  | { kind: 'hang' }
  /** Resets the stream (HTTP/1.1: the connection) without an answer. */
  | { kind: 'reset'; delivered?: boolean }
  /** Sends GOAWAY and drops the whole connection without an answer. */
  | { kind: 'goaway' }
  /** Sends GOAWAY, and answers what has arrived. */
  | { kind: 'drain'; answer: Answer };

export interface Request {
  project: string;
  /** Id of the message, should it be delivered. */
  id: string;
}

export interface Behaviour {
  /** For the table at `GET /` and in the README. */
  does: string;
  /** `number` is the one after the word, as in `quota-3`. */
  react(request: Request, number: number | undefined): Reaction;
}

const answer = (body: Answer): Reaction => ({ kind: 'answer', answer: body });
const page = (status: number, body: string) => answer({ status, body, word: 'GARBAGE' });

const refusing = ({ does, number: meaning, error }: ErrorRow): Behaviour => ({
  does,
  react: (_, number) => {
    if (number === undefined || !meaning) return answer(refused(error));
    return answer(
      refused(meaning === 'status' ? { ...error, status: number } : { ...error, retryAfterS: number }),
    );
  },
});

/**
 * What a registration token can ask for by beginning with one of these words. A number may follow (`slow-500`), then how
 * many times the token misbehaves before it works (`unavailable-2x`), then anything (`slow-500-2x-my-phone`).
 */
export const BEHAVIOURS: Record<string, Behaviour> = {
  ok: {
    does: 'delivers, as for any other token; for rules that make a failing token work',
    react: ({ project, id }) => answer(delivered(project, id)),
  },
  ...Object.fromEntries(Object.entries(ERRORS).map(([word, row]) => [word, refusing(row)])),
  slow: {
    does: 'delivers after so many milliseconds (1000 without a number)',
    react: ({ project, id }, delayMs = 1000) => ({
      kind: 'answer',
      answer: delivered(project, id),
      delayMs,
    }),
  },
  hang: { does: 'takes the message and never answers', react: () => ({ kind: 'hang' }) },
  reset: { does: 'resets the stream without an answer', react: () => ({ kind: 'reset' }) },
  lost: {
    does: 'delivers, but resets the stream without an answer: the sender cannot know',
    react: () => ({ kind: 'reset', delivered: true }),
  },
  goaway: {
    does: 'sends GOAWAY and drops the connection without an answer',
    react: () => ({ kind: 'goaway' }),
  },
  drain: {
    does: 'sends GOAWAY, delivers all the same, and takes no more on this connection',
    react: ({ project, id }) => ({ kind: 'drain', answer: delivered(project, id) }),
  },
  huge: {
    does: 'answers a page of a megabyte; the number is its status (200 without one)',
    react: (_, status = 200) => page(status, 'x'.repeat(1_048_576)),
  },
  garbage: {
    does: 'answers an HTML page as a proxy would; the number is its status (200 without one)',
    react: (_, status = 200) => page(status, '<!doctype html><html><body><h1>It works!</h1></body></html>'),
  },
};

/** The word a reaction is counted under. */
export function reactionWord(reaction: Reaction): string {
  if ('answer' in reaction) return reaction.answer.word;
  return reaction.kind === 'reset' && reaction.delivered ? 'LOST' : reaction.kind.toUpperCase();
}

/** Whether the message goes on to the device. */
export const isDelivered = (reaction: Reaction): boolean =>
  'answer' in reaction ? reaction.answer.word === 'OK' : reaction.kind === 'reset' && !!reaction.delivered;

/** A behaviour as a token or a rule asks for it. */
export interface Steering {
  word: string;
  number?: number;
  /** How many times before it works; always when there is none. */
  times?: number;
}

const WORDS = Object.keys(BEHAVIOURS).sort((a, b) => b.length - a.length);
const STEERING = new RegExp(`^(${WORDS.join('|')})(?:-(\\d{1,6})(?![\\dx]))?(?:-(\\d{1,6})x)?`);

/** Reads the behaviour a token begins with; undefined when it begins with none. */
export function readSteering(text: string): Steering | undefined {
  const [, word, number, times] = STEERING.exec(text) ?? [];
  if (!word) return undefined;
  return { word, number: number ? Number(number) : undefined, times: times ? Number(times) : undefined };
}

/** What that behaviour does about a request; delivers when there is none. */
export function reactionOf(steering: Steering | undefined, request: Request): Reaction {
  const behaviour = BEHAVIOURS[steering?.word ?? 'ok'];
  if (!behaviour) throw new Error(`no behaviour ${steering?.word}`);
  return behaviour.react(request, steering?.number);
}

import { type Answer, delivered, refused, unauthenticated } from './answers.ts';

/** What the simulator does about one message. */
export type Reaction =
  | { kind: 'answer'; answer: Answer; delayMs?: number }
  /** Never answers; the stream stays open. */
  | { kind: 'hang' }
  /** Resets the stream (HTTP/1.1: the connection) without an answer. */
  | { kind: 'reset' }
  /** Sends GOAWAY and drops the whole connection without an answer. */
  | { kind: 'goaway' };

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

/**
 * What a registration token can ask for by beginning with one of these words. A number may follow (`slow-500`), then how
 * many times the token misbehaves before it works (`unavailable-2x`), then anything (`slow-500-2x-my-phone`).
 */
export const BEHAVIOURS: Record<string, Behaviour> = {
  ok: {
    does: 'delivers, as for any other token; for rules that make a failing token work',
    react: ({ project, id }) => answer(delivered(project, id)),
  },
  unregistered: {
    does: '404 UNREGISTERED: the app was removed',
    react: () =>
      answer(
        refused({
          status: 404,
          rpcStatus: 'NOT_FOUND',
          message: 'Requested entity was not found.',
          fcmCode: 'UNREGISTERED',
        }),
      ),
  },
  'invalid-token': {
    does: '400 INVALID_ARGUMENT about the registration token',
    react: () =>
      answer(
        refused({
          status: 400,
          rpcStatus: 'INVALID_ARGUMENT',
          message: 'The registration token is not a valid FCM registration token',
          fcmCode: 'INVALID_ARGUMENT',
        }),
      ),
  },
  'invalid-payload': {
    does: '400 INVALID_ARGUMENT about the message',
    react: () =>
      answer(
        refused({
          status: 400,
          rpcStatus: 'INVALID_ARGUMENT',
          message: 'Invalid data payload key: from',
          fcmCode: 'INVALID_ARGUMENT',
          violations: [{ field: 'message.data', description: 'Invalid data payload key: from' }],
        }),
      ),
  },
  quota: {
    does: '429 QUOTA_EXCEEDED; the number is Retry-After in seconds, without one there is none',
    react: (_, retryAfterS) =>
      answer(
        refused({
          status: 429,
          rpcStatus: 'RESOURCE_EXHAUSTED',
          message: 'Quota exceeded for quota metric.',
          fcmCode: 'QUOTA_EXCEEDED',
          retryAfterS,
        }),
      ),
  },
  unavailable: {
    does: '503 UNAVAILABLE; the number is Retry-After in seconds',
    react: (_, retryAfterS) =>
      answer(
        refused({
          status: 503,
          rpcStatus: 'UNAVAILABLE',
          message: 'The service is currently unavailable.',
          fcmCode: 'UNAVAILABLE',
          retryAfterS,
        }),
      ),
  },
  internal: {
    does: '500 INTERNAL; the number is Retry-After in seconds',
    react: (_, retryAfterS) =>
      answer(
        refused({
          status: 500,
          rpcStatus: 'INTERNAL',
          message: 'Internal error encountered.',
          fcmCode: 'INTERNAL',
          retryAfterS,
        }),
      ),
  },
  'sender-mismatch': {
    does: '403 SENDER_ID_MISMATCH: the token belongs to another project',
    react: () =>
      answer(
        refused({
          status: 403,
          rpcStatus: 'PERMISSION_DENIED',
          message: 'SenderId mismatch',
          fcmCode: 'SENDER_ID_MISMATCH',
        }),
      ),
  },
  'third-party-auth': {
    does: "401 THIRD_PARTY_AUTH_ERROR: Apple's or the browser's key is missing",
    react: () =>
      answer(
        refused({
          status: 401,
          rpcStatus: 'UNAUTHENTICATED',
          message: 'Auth error from APNS or Web Push Service',
          fcmCode: 'THIRD_PARTY_AUTH_ERROR',
        }),
      ),
  },
  unauthenticated: {
    does: '401 UNAUTHENTICATED: the access token is refused',
    react: () => answer(unauthenticated()),
  },
  'permission-denied': {
    does: '403 PERMISSION_DENIED: the service account may not send',
    react: () =>
      answer(
        refused({
          status: 403,
          rpcStatus: 'PERMISSION_DENIED',
          message: "Permission 'cloudmessaging.messages.create' denied on resource",
        }),
      ),
  },
  'no-project': {
    does: '404 NOT_FOUND without a word from FCM: the project does not exist',
    react: () =>
      answer(refused({ status: 404, rpcStatus: 'NOT_FOUND', message: 'Requested entity was not found.' })),
  },
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
  goaway: {
    does: 'sends GOAWAY and drops the connection without an answer',
    react: () => ({ kind: 'goaway' }),
  },
  huge: {
    does: 'answers a page of a megabyte; the number is its status (200 without one)',
    react: (_, status = 200) => ({
      kind: 'answer',
      answer: { status, body: 'x'.repeat(1_048_576) },
    }),
  },
  garbage: {
    does: 'answers an HTML page as a proxy would; the number is its status (200 without one)',
    react: (_, status = 200) => ({
      kind: 'answer',
      answer: { status, body: '<!doctype html><html><body><h1>It works!</h1></body></html>' },
    }),
  },
};

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

import type { IncomingHttpHeaders } from 'node:http';
import { type FcmError, readFcmError, readMessageName } from './fcm-error';
import type { DeliveryResult, FailureCause, QuotaScope, Target } from './provider';
import { retryAfterMs } from './retry-after';
import { showTarget } from './show-target';

/** An HTTP answer, complete. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What FCM's guide to sending at scale asks for: a minute when it says nothing else, and 10 s after a fault of its own. */
const DEFAULT_THROTTLE_MS = 60_000;
const LEAST_AFTER_FAULT_MS = 10_000;
const LONGEST_MESSAGE = 300;

const TOKEN_FIELDS = ['message.token', 'message.fid'];

/** FCM's own codes, https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and what each means for us. */
const CAUSE_BY_FCM_CODE: Record<string, FailureCause | ((error: FcmError) => FailureCause)> = {
  INVALID_ARGUMENT: (error) => (isAboutTheToken(error) ? 'target_gone' : 'message'),
  UNREGISTERED: 'target_gone',
  UNREGISTERED_FID: 'target_gone',
  SENDER_ID_MISMATCH: 'target_refused',
  THIRD_PARTY_AUTH_ERROR: 'platform_credentials',
  QUOTA_EXCEEDED: 'throttled',
  UNAVAILABLE: 'server',
  INTERNAL: 'server',
};

/**
 * Answers FCM itself did not explain: from the layer before it, from a proxy, or from a wrong address. 404 is among the
 * credentials because it means that the project (or the whole address) is wrong, never that a token is gone.
 */
const CAUSE_BY_STATUS: Record<number, { cause: FailureCause; code: string }> = {
  400: { cause: 'message', code: 'INVALID_ARGUMENT' },
  401: { cause: 'credentials', code: 'UNAUTHENTICATED' },
  403: { cause: 'credentials', code: 'PERMISSION_DENIED' },
  404: { cause: 'credentials', code: 'NOT_FOUND' },
  407: { cause: 'credentials', code: 'UNAUTHENTICATED' },
  408: { cause: 'server', code: 'UNAVAILABLE' },
  413: { cause: 'message', code: 'INVALID_ARGUMENT' },
  429: { cause: 'throttled', code: 'QUOTA_EXCEEDED' },
  500: { cause: 'server', code: 'INTERNAL' },
};

/** Turns an answer of `messages:send` into a result. `now` in ms since the epoch; `target` is kept out of the message. */
export function classify(answer: Answer, target: Target, now: number): DeliveryResult {
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) {
    const messageName = readMessageName(body);
    if (messageName) return { outcome: 'delivered', messageName };
    return { outcome: 'unknown', message: `HTTP ${status} with an answer that is not FCM's` };
  }
  const error = readFcmError(body);
  const { cause, code } = causeOf(status, error);
  const waitMs = retryAfterMs(headers['retry-after'], now);
  const message = withoutTarget(error.message ?? `HTTP ${status} without an explanation`, target);
  switch (cause) {
    case 'throttled':
      return {
        outcome: 'failed',
        cause,
        code,
        message,
        // 0, or a date that is over by our clock, asks for nothing either; to come back at once would be a storm.
        retryAfterMs: waitMs || DEFAULT_THROTTLE_MS,
        scope: quotaScope(error),
      };
    case 'server': {
      const askedMs = isFault(status, code) ? Math.max(waitMs ?? 0, LEAST_AFTER_FAULT_MS) : waitMs;
      return {
        outcome: 'failed',
        cause,
        code,
        message,
        ...(askedMs !== undefined && { retryAfterMs: askedMs }),
      };
    }
    case 'message':
    case 'target_gone':
    case 'target_refused':
    case 'platform_credentials':
    case 'credentials':
      return { outcome: 'failed', cause, code, message };
  }
}

function causeOf(status: number, error: FcmError): { cause: FailureCause; code: string } {
  const known = error.fcmCode ? CAUSE_BY_FCM_CODE[error.fcmCode] : undefined;
  if (known && error.fcmCode)
    return { cause: typeof known === 'function' ? known(error) : known, code: error.fcmCode };
  const byStatus = CAUSE_BY_STATUS[status] ?? otherStatus(status);
  // With a code of FCM's that we do not know, or UNSPECIFIED_ERROR, the message did reach FCM: the address is right.
  if (error.fcmCode) return { cause: status === 404 ? 'message' : byStatus.cause, code: error.fcmCode };
  const code = byStatus.cause === 'throttled' ? byStatus.code : (error.rpcStatus ?? byStatus.code);
  return { cause: byStatus.cause, code };
}

function otherStatus(status: number): { cause: FailureCause; code: string } {
  if (status >= 500) return { cause: 'server', code: 'UNAVAILABLE' };
  // FCM never redirects: whatever does so is not FCM.
  if (status < 400) return { cause: 'credentials', code: 'NOT_FOUND' };
  return { cause: 'message', code: 'UNSPECIFIED_ERROR' };
}

/** Whether FCM itself broke; `UNAVAILABLE`, and what a layer before it answers in its place, is only too much at once. */
function isFault(status: number, code: string): boolean {
  return status === 500 || code === 'INTERNAL' || code === 'UNSPECIFIED_ERROR';
}

/** FCM says INVALID_ARGUMENT both of a malformed token, which is gone for good, and of a message it cannot take. */
function isAboutTheToken({ message = '', wrongFields }: FcmError): boolean {
  if (wrongFields.length > 0) return wrongFields.every((field) => TOKEN_FIELDS.includes(field));
  return /registration token|installation id/i.test(message);
}

/**
 * FCM exceeds "message rate", "device message rate" or "topic message rate quota", and says which in a QuotaFailure
 * (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). Without a word it is taken for the project's: to slow
 * down too much does no harm.
 */
function quotaScope({ message = '', quotas }: FcmError): QuotaScope {
  const text = quotas.join(' ') || message;
  if (/\bdevice/i.test(text)) return 'device';
  return /\btopic/i.test(text) ? 'topic' : 'project';
}

/** One line of text without the target's token, which an explanation may quote. */
function withoutTarget(text: string, target: Target): string {
  const hidden = !('token' in target) ? text : text.replaceAll(target.token, () => showTarget(target));
  return hidden.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_MESSAGE);
}

import { type ErrorAnswer, PERMISSION_DENIED, quotaExceeded, UNAUTHENTICATED } from './answers.ts';

export interface ErrorRow {
  /** For the table at `GET /` and in the README. */
  does: string;
  /** What the number after the word is, as in `quota-3`. */
  number?: 'retry after' | 'status';
  error: ErrorAnswer;
}

const NOT_FOUND = { status: 404, rpcStatus: 'NOT_FOUND', message: 'Requested entity was not found.' };
const INVALID = { status: 400, rpcStatus: 'INVALID_ARGUMENT', fcmCode: 'INVALID_ARGUMENT' };

/** Every error of https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and those of the layer before FCM. */
export const ERRORS: Record<string, ErrorRow> = {
  unregistered: {
    does: '404 UNREGISTERED: the app was removed',
    error: { ...NOT_FOUND, fcmCode: 'UNREGISTERED' },
  },
  'invalid-token': {
    does: '400 INVALID_ARGUMENT about the registration token',
    error: { ...INVALID, message: 'The registration token is not a valid FCM registration token' },
  },
  'invalid-payload': {
    does: '400 INVALID_ARGUMENT about the message',
    error: {
      ...INVALID,
      message: 'Invalid data payload key: from',
      violations: [{ field: 'message.data', description: 'Invalid data payload key: from' }],
    },
  },
  quota: {
    does: "429 QUOTA_EXCEEDED, the project's; the number is Retry-After in seconds, without one there is none",
    number: 'retry after',
    error: quotaExceeded('project'),
  },
  'quota-device': {
    does: '429 QUOTA_EXCEEDED, of messages to this device; the number is Retry-After in seconds',
    number: 'retry after',
    error: quotaExceeded('device'),
  },
  'quota-topic': {
    does: '429 QUOTA_EXCEEDED, of messages to topics; the number is Retry-After in seconds',
    number: 'retry after',
    error: quotaExceeded('topic'),
  },
  unavailable: {
    does: '503 UNAVAILABLE; the number is Retry-After in seconds',
    number: 'retry after',
    error: {
      status: 503,
      rpcStatus: 'UNAVAILABLE',
      message: 'The service is currently unavailable.',
      fcmCode: 'UNAVAILABLE',
    },
  },
  internal: {
    does: '500 INTERNAL; the number is Retry-After in seconds',
    number: 'retry after',
    error: {
      status: 500,
      rpcStatus: 'INTERNAL',
      message: 'Internal error encountered.',
      fcmCode: 'INTERNAL',
    },
  },
  unspecified: {
    does: 'UNSPECIFIED_ERROR; the number is its status (500 without one)',
    number: 'status',
    error: {
      status: 500,
      rpcStatus: 'UNKNOWN',
      message: 'No more information is available about this error.',
      fcmCode: 'UNSPECIFIED_ERROR',
    },
  },
  'sender-mismatch': {
    does: '403 SENDER_ID_MISMATCH: the token belongs to another project',
    error: {
      status: 403,
      rpcStatus: 'PERMISSION_DENIED',
      message: 'SenderId mismatch',
      fcmCode: 'SENDER_ID_MISMATCH',
    },
  },
  'third-party-auth': {
    does: "401 THIRD_PARTY_AUTH_ERROR: Apple's or the browser's key is missing",
    error: {
      status: 401,
      rpcStatus: 'UNAUTHENTICATED',
      message: 'Auth error from APNS or Web Push Service',
      fcmCode: 'THIRD_PARTY_AUTH_ERROR',
      details: [
        {
          '@type': 'type.googleapis.com/google.firebase.fcm.v1.ApnsError',
          statusCode: 403,
          reason: 'InvalidProviderToken',
        },
      ],
    },
  },
  unauthenticated: { does: '401 UNAUTHENTICATED: the access token is refused', error: UNAUTHENTICATED },
  'permission-denied': {
    does: '403 PERMISSION_DENIED: the service account may not send',
    error: PERMISSION_DENIED,
  },
  'no-project': {
    does: '404 NOT_FOUND without a word from FCM: the project does not exist',
    error: NOT_FOUND,
  },
};

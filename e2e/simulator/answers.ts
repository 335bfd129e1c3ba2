/** What FCM HTTP v1 answers: status, headers, JSON body. Shapes from its reference for `ErrorCode` and google.rpc.Status. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** JSON, or a page when it is a text. */
  body: unknown;
  /** The one word it is counted under: FCM's code, else google.rpc's, `OK` or `GARBAGE`. */
  word: string;
}

export interface ErrorAnswer {
  status: number;
  /** google.rpc.Code by name. */
  rpcStatus: string;
  message: string;
  /** FCM's own code; without one the answer comes from a layer before FCM. */
  fcmCode?: string;
  /** Fields of the request that are wrong. */
  violations?: FieldViolation[];
  /** What stands in the details besides. */
  details?: object[];
  retryAfterS?: number;
}

export interface FieldViolation {
  field: string;
  description: string;
}

export function delivered(project: string, id: string): Answer {
  return { status: 200, body: { name: `projects/${project}/messages/${id}` }, word: 'OK' };
}

export function refused(error: ErrorAnswer): Answer {
  const details: object[] = [];
  if (error.fcmCode)
    details.push({
      '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
      errorCode: error.fcmCode,
    });
  if (error.violations)
    details.push({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: error.violations,
    });
  details.push(...(error.details ?? []));
  return {
    status: error.status,
    headers: error.retryAfterS === undefined ? {} : { 'retry-after': String(error.retryAfterS) },
    body: {
      error: {
        code: error.status,
        message: error.message,
        status: error.rpcStatus,
        ...(details.length > 0 && { details }),
      },
    },
    word: error.fcmCode ?? error.rpcStatus,
  };
}

/** A machine-readable reason of the layer before FCM, https://cloud.google.com/apis/design/errors#error_info */
const reason = (word: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: word,
  domain: 'googleapis.com',
  metadata: { service: 'fcm.googleapis.com' },
});

export const UNAUTHENTICATED: ErrorAnswer = {
  status: 401,
  rpcStatus: 'UNAUTHENTICATED',
  message:
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  details: [reason('ACCESS_TOKEN_TYPE_UNSUPPORTED')],
};

export const unauthenticated = (): Answer => refused(UNAUTHENTICATED);

export const tokenExpired = (): Answer =>
  refused({ ...UNAUTHENTICATED, details: [reason('ACCESS_TOKEN_EXPIRED')] });

export const PERMISSION_DENIED: ErrorAnswer = {
  status: 403,
  rpcStatus: 'PERMISSION_DENIED',
  message: "Permission 'cloudmessaging.messages.create' denied on resource",
  details: [reason('IAM_PERMISSION_DENIED')],
};

/** What quota it is about: the project's, that of the device, that of the topic. */
export const QUOTAS = {
  project: 'Message rate quota exceeded: the sending rate of messages is too high.',
  device: 'Device message rate quota exceeded: too many messages to one device.',
  topic: 'Topic message rate quota exceeded: too many messages to subscribers of topics.',
};

export const quotaExceeded = (subject: keyof typeof QUOTAS, retryAfterS?: number): ErrorAnswer => ({
  status: 429,
  rpcStatus: 'RESOURCE_EXHAUSTED',
  message: 'Quota exceeded for quota metric.',
  fcmCode: 'QUOTA_EXCEEDED',
  details: [
    {
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [{ subject, description: QUOTAS[subject] }],
    },
  ],
  retryAfterS,
});

export const notFound = (): Answer =>
  refused({ status: 404, rpcStatus: 'NOT_FOUND', message: 'Requested entity was not found.' });

/** What FCM HTTP v1 answers: status, headers, JSON body. Shapes from its reference for `ErrorCode` and google.rpc.Status. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

interface ErrorAnswer {
  status: number;
  /** google.rpc.Code by name. */
  rpcStatus: string;
  message: string;
  /** FCM's own code; without one the answer comes from a layer before FCM. */
  fcmCode?: string;
  /** Fields of the request that are wrong. */
  violations?: FieldViolation[];
  retryAfterS?: number;
}

export interface FieldViolation {
  field: string;
  description: string;
}

export function delivered(project: string, id: string): Answer {
  return { status: 200, body: { name: `projects/${project}/messages/${id}` } };
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
  };
}

export const unauthenticated = (): Answer =>
  refused({
    status: 401,
    rpcStatus: 'UNAUTHENTICATED',
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  });

/** The one word an answer is counted under: FCM's code, else google.rpc's, else the HTTP status. */
export function answerWord(answer: Answer): string {
  if (answer.status === 200 && typeof answer.body === 'object') return 'OK';
  const { error } = answer.body as { error?: { status: string; details?: { errorCode?: string }[] } };
  return error?.details?.find((detail) => detail.errorCode)?.errorCode ?? error?.status ?? 'GARBAGE';
}

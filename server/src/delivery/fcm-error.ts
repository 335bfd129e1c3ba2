/** What an FCM HTTP v1 answer says about an error, as far as it is there. */
export interface FcmError {
  message?: string;
  /** google.rpc.Code by name: said by every Google API, and therefore by whatever stands before FCM too. */
  rpcStatus?: string;
  /** FCM's own code, from the detail `google.firebase.fcm.v1.FcmError`. */
  fcmCode?: string;
  /** Fields of our request that are wrong, from the detail `google.rpc.BadRequest`. */
  wrongFields: string[];
  /** Which quotas were exceeded, in Google's words, from the detail `google.rpc.QuotaFailure`. */
  quotas: string[];
}

const WORD = /^[A-Z][A-Z_]{1,63}$/;

/** Reads the body of an answer that is not a success; everything is missing when it is not Google's JSON. */
export function readFcmError(body: string): FcmError {
  const error = fieldsOf(fieldsOf(parse(body))['error']);
  const details = arrayOf(error['details']).map(fieldsOf);
  return {
    message: textOf(error['message']),
    rpcStatus: wordOf(error['status']),
    fcmCode: details.filter(isOfType('fcm.v1.FcmError')).map(codeOf).find(Boolean),
    wrongFields: details
      .filter(isOfType('rpc.BadRequest'))
      .flatMap((detail) => arrayOf(detail['fieldViolations']))
      .flatMap((violation) => textOf(fieldsOf(violation)['field']) ?? []),
    quotas: details
      .filter(isOfType('rpc.QuotaFailure'))
      .flatMap((detail) => arrayOf(detail['violations']).map(fieldsOf))
      .map(({ subject, description }) => `${textOf(subject) ?? ''} ${textOf(description) ?? ''}`),
  };
}

/** The name of a delivered message, or undefined when the answer is not FCM's. */
export function readMessageName(body: string): string | undefined {
  return textOf(fieldsOf(parse(body))['name']);
}

type Fields = Record<string, unknown>;

const isOfType = (name: string) => (detail: Fields) => textOf(detail['@type'])?.endsWith(`.${name}`) ?? false;
const codeOf = (detail: Fields) => wordOf(detail['errorCode']);
const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const wordOf = (value: unknown) => (typeof value === 'string' && WORD.test(value) ? value : undefined);
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A proxy's page, or an answer cut short: it says nothing about FCM.
    return undefined;
  }
}

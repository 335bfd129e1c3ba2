/**
 * What may be answered to a request, from the contract and from HTTP alone: nothing of the server is imported, and JSON is
 * judged another way than there. Pure; tested by `oracle.e2e.ts`.
 */
import { METHODS } from 'node:http';
import { sign } from '../support/sign.ts';
import { judgeJson } from './strict-json.ts';
import { headLines, type WireRequest } from './wire.ts';

/** What the api under test is set to. */
export interface Rules {
  secret: string;
  maxBody: number;
  toleranceS: number;
}

/** One answer that would be right. `genuine` is a 202, or a 200 when its id was seen before; `silence` is none at all. */
export type Outcome =
  { kind: 'problem'; code: string } | { kind: 'genuine'; eventId: string } | { kind: 'silence' };

export interface Expectation {
  /** Any one of them is right. */
  oneOf: readonly Outcome[];
  /** Whether the connection ends after this answer. */
  ends: boolean;
  /** What follows the body is no HTTP and gets an answer of its own. */
  thenNoHttp?: true;
}

const problems = (...codes: string[]): Outcome[] => codes.map((code) => ({ kind: 'problem', code }));
const last = (...codes: string[]): Expectation => ({ oneOf: problems(...codes), ends: true });

/** Far from the 16 kB on both sides, because what exactly is counted is Node's own affair. */
const SURELY_FEW_BYTES = 12_000;
const SURELY_MANY_BYTES = 18_000;
const MOST_LINES = 100;

const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

type Headers = ReadonlyMap<string, readonly string[]>;

/** `nowS` is when the request was signed, in Unix seconds; it may be judged up to `SLACK_S` later. */
export function expect(request: WireRequest, rules: Rules, nowS: number): Expectation {
  const { method, target, version, framing, body } = request;
  const lines = headLines(request).join('\r\n').split('\r\n');
  const parsed = lines.map((line) => HEADER.exec(line));
  const bytes = lines.join('\r\n').length + target.length;
  const tooMuch = [...(bytes > SURELY_FEW_BYTES || lines.length > MOST_LINES ? ['payload_too_large'] : [])];
  const wellFormed = parsed.every((line) => line !== null) && /^[\x21-\x7e]+$/.test(target);
  if (!wellFormed || !METHODS.includes(method)) return last('invalid_query', ...tooMuch);
  if (bytes > SURELY_MANY_BYTES || lines.length > MOST_LINES) return last('payload_too_large', ...tooMuch);
  const headers = group(parsed as RegExpExecArray[]);
  const hosts = headers.get('host')?.length ?? 0;
  const type = eventTypeOf(target);
  const noHttp = problems('invalid_query');
  // An address that cannot be read is refused before its headers are looked at.
  const first =
    hosts > 1 || (hosts === 0 && version === '1.1')
      ? [...noHttp, ...(type === null ? problems('not_found') : [])]
      : problemsBeforeBody(method, type, headers, declaredSize(request), rules.maxBody);
  // It may be found out before the head is judged, or after it was.
  if (framing.kind === 'broken') return { oneOf: [...noHttp, ...(first ?? [])], ends: true };
  if (first) return after(request, headers, first);
  if (framing.kind === 'half')
    return { oneOf: [...noHttp, ...problems('request_timeout'), { kind: 'silence' }], ends: true };
  const content = framing.kind === 'length' ? body.subarray(0, framing.declared) : body;
  const sent = framing.kind === 'none' ? Buffer.alloc(0) : content;
  return after(request, headers, judgeContent(sent, headers, rules, nowS));
}

function group(lines: readonly RegExpExecArray[]): Headers {
  const headers = new Map<string, string[]>();
  for (const [, name = '', value = ''] of lines) {
    const known = headers.get(name.toLowerCase());
    if (known) known.push(value);
    else headers.set(name.toLowerCase(), [value]);
  }
  return headers;
}

function ends({ version, framing }: WireRequest, headers: Headers): boolean {
  return version === '1.0' || framing.kind === 'half' || (headers.get('connection') ?? []).includes('close');
}

/** With what happens to the connection after these answers. */
function after(request: WireRequest, headers: Headers, oneOf: readonly Outcome[]): Expectation {
  const isTooLarge = oneOf.some(
    (outcome) => outcome.kind === 'problem' && outcome.code === 'payload_too_large',
  );
  if (isTooLarge) {
    // The rest is not read. What of it is still under way makes the system reset the connection, answer and all.
    return { oneOf: request.body.length > 0 ? [...oneOf, { kind: 'silence' }] : oneOf, ends: true };
  }
  const isLast = ends(request, headers);
  const { framing, body } = request;
  if (!isLast && framing.kind === 'length' && framing.declared < body.length)
    return { oneOf, ends: true, thenNoHttp: true };
  return { oneOf, ends: isLast };
}

function declaredSize({ framing, body }: WireRequest): number {
  if (framing.kind === 'length') return framing.declared;
  return framing.kind === 'none' ? 0 : body.length;
}

/** The event type a target names; undefined when it leads elsewhere, null when it cannot be read. */
function eventTypeOf(target: string): string | undefined | null {
  const path = target.replace(/^http:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '');
  try {
    decodeURI(path);
    const [, prefix, type] = /^(.*\/)([^/]*)$/s.exec(path) ?? [];
    return decodeURI(prefix ?? '') === '/api/webhook/' && type ? decodeURIComponent(type) : undefined;
  } catch {
    // URIError: percent signs that are no text.
    return null;
  }
}

function problemsBeforeBody(
  method: string,
  type: string | undefined | null,
  headers: Headers,
  size: number,
  maxBody: number,
): Outcome[] | null {
  if (method !== 'POST' || type === undefined || type === null) return problems('not_found');
  if (type !== 'order.created') return problems('unknown_event_type');
  const encoding = (headers.get('content-encoding') ?? []).join(',').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity') return problems('unsupported_encoding');
  return size > maxBody ? problems('payload_too_large') : null;
}

/** A clock that ticks between the sender's look at it and the api's. */
const SLACK_S = 3;

function judgeContent(content: Buffer, headers: Headers, rules: Rules, nowS: number): Outcome[] {
  const stamps = headers.get('x-timestamp');
  if (!stamps) return problems('missing_timestamp');
  const stamp = stamps.length === 1 && /^[0-9]+$/.test(stamps[0]!) ? Number(stamps[0]) : null;
  if (stamp === null) return problems('invalid_timestamp');
  const ageS = nowS - stamp;
  const outcomes = new Set<Outcome>();
  for (const age of [ageS, ageS + SLACK_S]) {
    if (age > rules.toleranceS) outcomes.add(problems('request_too_old')[0]!);
    else if (age < -rules.toleranceS) outcomes.add(problems('request_in_future')[0]!);
    else outcomes.add(judgeSigned(content, headers, rules));
  }
  return [...outcomes];
}

function judgeSigned(content: Buffer, headers: Headers, { secret }: Rules): Outcome {
  const problem = (code: string): Outcome => ({ kind: 'problem', code });
  const signatures = headers.get('x-signature');
  if (!signatures) return problem('missing_signature');
  const right = sign(content, secret);
  if (signatures.length > 1 || ![right, `sha256=${right}`].includes(signatures[0]!))
    return problem('invalid_signature');
  const json = judgeJson(content, 'event_id');
  if (!json) return problem('invalid_json');
  return judgeFields(json.value);
}

function judgeFields(value: unknown): Outcome {
  const order = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const field = (name: string): unknown =>
    Object.hasOwn(order, name) ? (order as Record<string, unknown>)[name] : undefined;
  const eventId = field('event_id');
  const texts = [field('order_id'), field('user_id')];
  const isRight =
    typeof eventId === 'string' &&
    /^[A-Za-z0-9._:-]{1,128}$/.test(eventId) &&
    texts.every((text) => typeof text === 'string' && isShortText(text));
  return isRight ? { kind: 'genuine', eventId } : { kind: 'problem', code: 'invalid_payload' };
}

/** 1 to 128 characters, each of them whole. */
function isShortText(text: string): boolean {
  return text.isWellFormed() && text.length > 0 && [...text].length <= 128;
}

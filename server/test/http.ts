import { once } from 'node:events';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ErrorBody, ErrorCode } from '../src/contract';
import { PROBLEMS } from '../src/http/problem';
import type { TestApi } from './api';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined when it is not. */
  body: unknown;
}

/** A list of values is a header of several lines; undefined leaves a header out. */
export type Headers = Record<string, string | number | readonly string[] | undefined>;

export interface Outgoing {
  method?: string;
  headers?: Headers;
  /** A list of parts is sent chunked. */
  body?: string | Buffer | readonly Buffer[];
}

/** Sends one request on a connection of its own, its headers and its body as they are given. */
export async function send(
  api: Pick<TestApi, 'port'>,
  path: string,
  { method = 'GET', headers = {}, body = '' }: Outgoing = {},
): Promise<Answer> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const outgoing = request({
    ...{ host: '127.0.0.1', port: api.port, method, path, agent: false },
    headers: Object.fromEntries(given) as OutgoingHttpHeaders,
  });
  if (Array.isArray(body)) for (const part of body as readonly Buffer[]) outgoing.write(part);
  outgoing.end(Array.isArray(body) ? undefined : body);
  const [incoming] = await once(outgoing, 'response');
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return { status: incoming.statusCode, headers: incoming.headers, text, body: asJson(text) };
}

/** Sends bytes that need not be HTTP, and waits for an answer with a `content-length`; the request may be unfinished. */
export async function sendRaw(api: Pick<TestApi, 'port'>, bytes: string | Buffer): Promise<Answer> {
  const socket = connect(api.port, '127.0.0.1');
  try {
    socket.write(bytes);
    return await readAnswer(socket);
  } finally {
    socket.destroy();
  }
}

/** Waits for one answer with a `content-length`. */
export async function readAnswer(socket: Socket): Promise<Answer> {
  let got = '';
  const answer = () => {
    const [head = '', text = ''] = got.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n', 2);
    const headers = headersIn(head);
    const isComplete = Buffer.byteLength(text) === Number(headers['content-length']);
    return isComplete ? { status: Number(head.slice(9, 12)), headers, text, body: asJson(text) } : null;
  };
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    got += String(part);
    const complete = answer();
    if (complete) return complete;
  }
  throw new Error(`The connection ended within an answer: ${got}`);
}

/** Sends bytes that need not be HTTP, and gives all answers, ASCII ones, until the other side ends the connection. */
export async function exchangeRaw(
  api: Pick<TestApi, 'port'>,
  bytes: string | Buffer,
  { end = false } = {},
): Promise<Answer[]> {
  const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(bytes);
  if (end) socket.end();
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  const answers: Answer[] = [];
  for (let rest = Buffer.concat(parts).toString(); rest;) {
    const [head = '', ...more] = rest.split('\r\n\r\n');
    const headers = headersIn(head);
    const text = more.join('\r\n\r\n').slice(0, Number(headers['content-length']));
    answers.push({ status: Number(head.slice(9, 12)), headers, text, body: asJson(text) });
    rest = rest.slice(head.length + 4 + text.length);
  }
  return answers;
}

function headersIn(head: string): IncomingHttpHeaders {
  const lines = head.split('\r\n').map((line) => line.split(': ', 2) as [string, string]);
  return Object.fromEntries(lines.slice(1).map(([name, value]) => [name.toLowerCase(), value]));
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // An empty body, or a text.
    return undefined;
  }
}

/** The answer is this problem in the contract's form, and nothing more. Gives its body. */
export function expectProblem(answer: Answer, code: ErrorCode, extra: Partial<ErrorBody> = {}): ErrorBody {
  const [status, error] = PROBLEMS[code];
  const request_id: unknown = expect.stringMatching(/^[\w.:-]{1,128}$/);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: { error, code, request_id, ...extra },
  });
  return answer.body as ErrorBody;
}

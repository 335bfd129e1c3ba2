import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, answerWord, refused, unauthenticated } from './answers.ts';
import type { Reaction } from './behaviours.ts';
import { type CheckedMessage, checkMessage } from './check-message.ts';
import { readBody, send } from './http.ts';
import type { Ledger } from './ledger.ts';
import type { SteeringWheel } from './steering.ts';

export interface MailboxStats {
  /** Requests to `messages:send`, those refused before they were a message included. */
  received: number;
  by_answer: Record<string, number>;
  by_protocol: Record<string, number>;
  /** Requests under way now, and the most there ever were at once: in all, and on one connection. */
  open: number;
  open_max: number;
  open_max_per_session: number;
}

const SEND_PATH = /^\/v1\/projects\/([^/]+)\/messages:send$/;

/** `POST /v1/projects/:project/messages:send` */
export class Mailbox {
  readonly #ledger: Ledger;
  readonly #steering: SteeringWheel;
  readonly #latencyMs: number;
  readonly #byAnswer: Record<string, number> = {};
  readonly #byProtocol: Record<string, number> = {};
  readonly #openBySession = new WeakMap<object, number>();
  #received = 0;
  #messages = 0;
  #open = 0;
  #openMax = 0;
  #openMaxPerSession = 0;

  constructor(ledger: Ledger, steering: SteeringWheel, latencyMs: number) {
    this.#ledger = ledger;
    this.#steering = steering;
    this.#latencyMs = latencyMs;
  }

  isFor(request: Http2ServerRequest): boolean {
    return request.method === 'POST' && SEND_PATH.test(request.url);
  }

  stats(): MailboxStats {
    return {
      received: this.#received,
      by_answer: { ...this.#byAnswer },
      by_protocol: { ...this.#byProtocol },
      open: this.#open,
      open_max: this.#openMax,
      open_max_per_session: this.#openMaxPerSession,
    };
  }

  async take(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    this.#countOpen(request, response);
    const body = await readBody(request);
    const project = decodeURIComponent(SEND_PATH.exec(request.url)?.[1] ?? '');
    const checked = check(request, body);
    const reaction: Reaction = checked.ok
      ? this.#steering.react(checked.checked.target, { project, id: `0:${++this.#messages}` })
      : { kind: 'answer', answer: checked.answer };
    const word = reaction.kind === 'answer' ? answerWord(reaction.answer) : reaction.kind.toUpperCase();
    this.#byAnswer[word] = (this.#byAnswer[word] ?? 0) + 1;
    if (checked.ok) this.#remember(project, checked.checked, word);
    await this.#act(reaction, request, response);
  }

  #remember(project: string, { target, validateOnly, message }: CheckedMessage, answer: string): void {
    const { notification, data, android, apns, webpush } = message;
    const time = new Date().toISOString();
    this.#ledger.add({
      time,
      project,
      target,
      notification,
      data,
      android,
      apns,
      webpush,
      validate_only: validateOnly,
      answer,
    });
  }

  async #act(reaction: Reaction, request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const delayMs = this.#latencyMs + (reaction.kind === 'answer' ? (reaction.delayMs ?? 0) : 0);
    if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
    switch (reaction.kind) {
      case 'answer':
        return send(response, reaction.answer.status, reaction.answer.body, reaction.answer.headers);
      case 'hang':
        return;
      case 'reset':
        if (isHttp2(request)) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        else request.socket.destroy();
        return;
      case 'goaway':
        // It names the last stream that arrived, as any server must: a client may repeat what came after that one.
        if (isHttp2(request)) response.stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
        // Once the frame is out, everything on this connection ends without an answer.
        setImmediate(() =>
          isHttp2(request) ? response.stream.session?.destroy() : request.socket.destroy(),
        );
    }
  }

  #countOpen(request: Http2ServerRequest, response: Http2ServerResponse): void {
    this.#received++;
    this.#byProtocol[request.httpVersion] = (this.#byProtocol[request.httpVersion] ?? 0) + 1;
    const connection: object = (isHttp2(request) && response.stream.session) || request.socket;
    const openHere = (this.#openBySession.get(connection) ?? 0) + 1;
    this.#openBySession.set(connection, openHere);
    this.#open++;
    this.#openMax = Math.max(this.#openMax, this.#open);
    this.#openMaxPerSession = Math.max(this.#openMaxPerSession, openHere);
    response.once('close', () => {
      this.#open--;
      this.#openBySession.set(connection, (this.#openBySession.get(connection) ?? 1) - 1);
    });
  }
}

const isHttp2 = (request: Http2ServerRequest) => request.httpVersionMajor === 2;

function check(request: Http2ServerRequest, body: string | undefined): ReturnType<typeof checkMessage> {
  if (!/^Bearer \S+$/.test(request.headers.authorization ?? ''))
    return { ok: false, answer: unauthenticated() };
  if (body === undefined) return { ok: false, answer: tooLarge };
  return checkMessage(body);
}

const tooLarge: Answer = refused({
  status: 413,
  rpcStatus: 'INVALID_ARGUMENT',
  message: 'Request payload size exceeds the limit.',
});

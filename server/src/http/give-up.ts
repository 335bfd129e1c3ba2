import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../contract';
import { Problem } from './problem';
import { bodyOf } from './problem.filter';

export const NO_HTTP = 'The request is not valid HTTP';

/** What Node's parser gives up on, by the code of its error; everything else is not HTTP. */
const CLIENT_PROBLEMS: Record<string, readonly [code: ErrorCode, sentence: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: ['payload_too_large', 'The headers are too large'],
};

type ClientError = Error & { code?: string };

/**
 * Ends connections on which HTTP cannot go on. What came whole before on the same connection is answered first: a sender
 * must not take our complaint about what follows a webhook for the answer to it.
 */
export class GivingUp {
  private readonly ending = new WeakSet<Socket>();
  /** The answers of a connection's last two requests; when there is a last one, the request before it came whole. */
  private readonly answers = new WeakMap<Socket, { before?: ServerResponse; last?: ServerResponse }>();

  watch(server: Server): void {
    // Without it Node gives up an answer as soon as the other side has said that it will ask no more. Untyped, as old as Node.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const of = this.answers.get(request.socket);
      if (!of) return void this.answers.set(request.socket, { last: response });
      of.before = of.last;
      of.last = response;
    });
    // Without a listener Node ends the connection without a word.
    server.on('connect', (_request, socket) => {
      // Its errors are ours alone from here on; the connection ends anyway.
      socket.on('error', () => undefined);
      this.giveUp(socket as Socket, new Problem('not_found'));
    });
  }

  readonly onClientError = (error: ClientError, socket: Socket): void => {
    if (error.code === 'ECONNRESET') return void socket.destroy();
    const [code, sentence] = CLIENT_PROBLEMS[error.code ?? ''] ?? ['invalid_query', NO_HTTP];
    this.giveUp(socket, new Problem(code, { sentence }));
  };

  private giveUp(socket: Socket, problem: Problem): void {
    // Node tells of the same trouble again when the other side then ends.
    if (this.ending.has(socket)) return;
    this.ending.add(socket);
    this.end(socket, problem);
  }

  private end(socket: Socket, problem: Problem): void {
    const { before, last } = this.answers.get(socket) ?? {};
    const isHalf = last && !last.req.complete;
    // A request that was refused before it had come whole has its answer.
    const isAnswered = isHalf && last.headersSent;
    const awaited = isHalf && !isAnswered ? before : last;
    if (!awaited || awaited.closed || awaited.writableFinished) tell(socket, isAnswered ? null : problem);
    else awaited.once('close', () => this.end(socket, problem));
  }
}

/** Says what is wrong, as far as the socket still takes it. */
function tell(socket: Socket, problem: Problem | null): void {
  if (!socket.writable) return void socket.destroy();
  if (problem) {
    const body = JSON.stringify(bodyOf(problem, randomUUID()));
    const head = `HTTP/1.1 ${problem.getStatus()} Error\r\nconnection: close\r\ncontent-type: application/json`;
    socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }
  // Not only ended: a stranger who never ends his side would keep the connection for good.
  socket.destroySoon();
}

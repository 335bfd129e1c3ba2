import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';

/** Far more than any message: FCM takes 4 kB of payload, and a thousand tokens fit as well. */
const MAX_BODY_BYTES = 524_288;

/** One request and the ways to end it, whatever the protocol. Whoever has gone away is answered in silence. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** `2.0`, `1.1` */
  readonly protocol: string;
  readonly headers: IncomingHttpHeaders;
  /** The connection it came over, to be compared only. */
  readonly connection: object;
  /** The body as text; undefined when it is larger than any sensible one. Rejects when it does not arrive. */
  body(): Promise<string | undefined>;
  answer(status: number, headers: Record<string, string>, body: string): void;
  /** Ends the stream (HTTP/1.1: the connection) without an answer. */
  reset(): void;
  /** Says that the connection takes no more requests; what is under way goes on. */
  drain(): void;
  /** Says so and drops the connection without an answer. */
  goAway(): void;
  onClose(task: () => void): void;
}

/** Sessions that have said GOAWAY. */
const gone = new WeakSet<Http2Session>();

/**
 * Refuses a stream that comes after its session has said GOAWAY: to its client it was never there, and is sent again elsewhere.
 * Node hands such streams on all the same when they were already on their way.
 */
export function isTooLate(stream: ServerHttp2Stream): boolean {
  if (!stream.session || !gone.has(stream.session)) return false;
  stream.on('error', () => undefined);
  stream.close(constants.NGHTTP2_REFUSED_STREAM);
  return true;
}

export class Http2Exchange implements Exchange {
  readonly protocol = '2.0';
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.headers = headers;
    // The other side gave up, which is no fault of the simulator's.
    stream.on('error', () => undefined);
  }

  get method() {
    return this.headers[':method'] ?? '';
  }
  get url() {
    return this.headers[':path'] ?? '';
  }
  get connection(): object {
    return this.#stream.session ?? this.#stream;
  }

  body() {
    return readBody(this.#stream);
  }

  answer(status: number, headers: Record<string, string>, body: string): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    stream.respond({ ':status': status, ...headers });
    stream.end(body);
  }

  reset(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  drain(): void {
    // It names the last stream that arrived, as any server must: a client may repeat what came after that one.
    const { session } = this.#stream;
    if (!session) return;
    gone.add(session);
    session.goaway(constants.NGHTTP2_NO_ERROR);
  }

  goAway(): void {
    const { session } = this.#stream;
    this.drain();
    // Once the frame is out, everything on this connection ends without an answer.
    setImmediate(() => session?.destroy());
  }

  onClose(task: () => void): void {
    this.#stream.once('close', task);
  }
}

export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    response.on('error', () => undefined);
  }

  get method() {
    return this.#request.method ?? '';
  }
  get url() {
    return this.#request.url ?? '';
  }
  get protocol() {
    return this.#request.httpVersion;
  }
  get headers() {
    return this.#request.headers;
  }
  get connection(): object {
    return this.#request.socket;
  }

  body() {
    return readBody(this.#request);
  }

  answer(status: number, headers: Record<string, string>, body: string): void {
    if (this.#response.destroyed || this.#response.headersSent) return;
    this.#response.writeHead(status, headers).end(body);
  }

  reset(): void {
    this.#request.socket.destroy();
  }

  drain(): void {
    this.#response.setHeader('connection', 'close');
  }

  goAway(): void {
    this.reset();
  }

  onClose(task: () => void): void {
    this.#response.once('close', task);
  }
}

function readBody(from: ServerHttp2Stream | IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    let ended = false;
    from.once('end', () => {
      ended = true;
      if (bytes > MAX_BODY_BYTES) resolve(undefined);
      else resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8'));
    });
    from.once('close', () => {
      if (!ended) reject(new Error('The request was cut off.'));
    });
  });
}

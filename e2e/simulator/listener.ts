import { createServer as createHttp1Server } from 'node:http';
import { performServerHandshake, type ServerHttp2Session } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Exchange, Http1Exchange, Http2Exchange, isTooLate } from './exchange.ts';

/** What FCM itself announces. */
const MAX_CONCURRENT_STREAMS = 100;
/** How HTTP/2 begins where no TLS could say so: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const HTTP2_PREFACE = 'PRI';

export interface ListenOptions {
  port: number;
  host: string;
  /** PEM; none listens without TLS. */
  tls?: { key: string; cert: string };
}

/** Takes HTTP/2 and HTTP/1.1 on one port: told apart by ALPN, and without TLS by the first bytes. */
export class Listener {
  readonly #server: Server;
  readonly #take: (exchange: Exchange) => void;
  readonly #http1 = createHttp1Server((request, response) =>
    this.#take(new Http1Exchange(request, response)),
  );
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  #opened = 0;

  constructor(tls: ListenOptions['tls'], take: (exchange: Exchange) => void) {
    this.#take = take;
    this.#server = tls
      ? createTlsServer({ ...tls, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) =>
          socket.alpnProtocol === 'h2' ? this.#serveHttp2(socket) : this.#serveHttp1(socket),
        )
      : createTcpServer((socket) => this.#tellApart(socket));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the port. */
  listen({ port, host }: ListenOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => {
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  stats() {
    return { sessions_opened: this.#opened, sessions_open: this.#sessions.size };
  }

  /** Drops every connection at once and stops listening. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #serveHttp2(socket: Socket | TLSSocket): void {
    const session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
    });
    this.#opened++;
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    // A client that vanishes is no fault of the simulator's.
    session.on('error', () => session.destroy());
    session.on('stream', (stream, headers) => {
      if (!isTooLate(stream)) this.#take(new Http2Exchange(stream, headers));
    });
  }

  #serveHttp1(socket: Socket): void {
    this.#http1.emit('connection', socket);
  }

  /** Until three letters are there: POST and PUT begin like the preface. */
  #tellApart(socket: Socket, before: Buffer = Buffer.alloc(0)): void {
    if (before.length === 0) socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const more = socket.read() as Buffer | null;
      // It ended instead.
      if (!more) return;
      const begun = Buffer.concat([before, more]);
      const letters = begun.toString('latin1', 0, HTTP2_PREFACE.length);
      const isHttp2 = HTTP2_PREFACE.startsWith(letters);
      if (isHttp2 && letters.length < HTTP2_PREFACE.length) return this.#tellApart(socket, begun);
      socket.unshift(begun);
      if (isHttp2) this.#serveHttp2(socket);
      else this.#serveHttp1(socket);
    });
  }
}

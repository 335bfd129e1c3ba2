import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type Certificates, makeCertificates } from './certificates.ts';
import { Desk } from './desk.ts';
import { type EventCount, Ledger, type ReceivedMessage } from './ledger.ts';
import { Mailbox, type MailboxStats } from './mailbox.ts';
import { SteeringWheel } from './steering.ts';

export interface SimulatorOptions {
  /** 0 or none takes a free one. */
  port?: number;
  host?: string;
  /** Made up for this start when there are none. */
  tls?: Certificates;
  /** Waited before each answer to `messages:send`. */
  latencyMs?: number;
  /** How many messages are remembered. */
  remember?: number;
}

export interface SimulatorStats extends MailboxStats {
  sessions_opened: number;
  sessions_open: number;
}

export interface Simulator {
  /** `https://localhost:<port>` */
  url: string;
  port: number;
  /** PEM of the authority to trust. */
  ca: string;
  /** What was received, oldest first; of one event if asked. */
  received(eventId?: string): ReceivedMessage[];
  events(): EventCount[];
  stats(): SimulatorStats;
  /** `behaviour` as at the beginning of a token; see `SteeringWheel`. */
  steer(tokenPrefix: string, behaviour: string): void;
  /** Drops every connection at once and stops listening. */
  close(): Promise<void>;
}

const REMEMBERED_MESSAGES = 200_000;
/** What FCM itself announces. */
const MAX_CONCURRENT_STREAMS = 100;

/** Starts an FCM HTTP v1 stand-in over TLS, HTTP/2 with HTTP/1.1 on the same port. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, latencyMs = 0, remember = REMEMBERED_MESSAGES } = options;
  const tls = options.tls ?? (await makeCertificates());
  const ledger = new Ledger(remember);
  const steering = new SteeringWheel();
  const mailbox = new Mailbox(ledger, steering, latencyMs);
  const connections = new Connections();
  const stats = () => ({ ...mailbox.stats(), ...connections.stats() });
  const desk = new Desk(ledger, steering, mailbox, stats);

  const server = createSecureServer({
    key: tls.key,
    cert: tls.cert,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
  });
  connections.watch(server);
  server.on('request', (request, response) => {
    // Whoever went away in the middle of a request gets no answer; nothing else can fail here.
    const task = mailbox.isFor(request) ? mailbox.take(request, response) : desk.serve(request, response);
    task.catch(() => response.stream?.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });

  const address = server.address() as AddressInfo;
  return {
    url: `https://localhost:${address.port}`,
    port: address.port,
    ca: tls.ca,
    received: (eventId) => ledger.list({ eventId }),
    events: () => ledger.events(),
    stats,
    steer: (tokenPrefix, behaviour) => {
      if (!steering.put({ token_prefix: tokenPrefix, behaviour }))
        throw new Error(`no such behaviour: ${behaviour}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.drop();
      }),
  };
}

/** Knows every open connection, because closing a server waits for them. */
class Connections {
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  #opened = 0;

  watch(server: Http2SecureServer): void {
    server.on('session', (session) => {
      this.#opened++;
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
      // A client that vanishes is no fault of the simulator's.
      session.on('error', () => session.destroy());
    });
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  stats() {
    return { sessions_opened: this.#opened, sessions_open: this.#sessions.size };
  }

  drop(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

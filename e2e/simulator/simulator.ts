import { type Certificates, makeCertificates } from './certificates.ts';
import { Desk } from './desk.ts';
import type { Exchange } from './exchange.ts';
import { Inbox, type InboxDevice, type InboxTotals } from './inbox.ts';
import { type EventCount, Ledger, type ReceivedMessage } from './ledger.ts';
import { Listener } from './listener.ts';
import { Mailbox, type Rooms } from './mailbox.ts';
import { OAuth } from './oauth.ts';
import { Quotas } from './quotas.ts';
import { Control, type Settings } from './settings.ts';
import { type Rule, SteeringWheel } from './steering.ts';
import { takeTokenRequest } from './token-endpoint.ts';
import { TopicManagement } from './topic-management.ts';
import { Topics } from './topics.ts';
import { Traffic, type TrafficStats } from './traffic.ts';

export interface SimulatorOptions {
  /** 0 or none takes a free one. */
  port?: number;
  host?: string;
  /** Made up for this start when there are none. */
  tls?: Certificates;
  /** HTTP without TLS, both HTTP/2 and HTTP/1.1. */
  plain?: boolean;
  /** Waited before each answer to `messages:send`. */
  latencyMs?: number;
  settings?: Partial<Settings>;
  /** How many messages, and how many devices, are remembered; 0 only counts. */
  remember?: number;
  /** For latency and for rules about a share; numbers from 0 up to 1. */
  random?: () => number;
}

export interface SimulatorStats extends TrafficStats {
  sessions_opened: number;
  sessions_open: number;
  access_tokens_issued: number;
  access_tokens_refused: number;
}

export interface Simulator {
  /** `https://localhost:<port>` */
  url: string;
  port: number;
  /** PEM of the authority to trust; empty without TLS. */
  ca: string;
  /** What was received, oldest first; of one event if asked. */
  received(eventId?: string): ReceivedMessage[];
  events(): EventCount[];
  stats(): SimulatorStats;
  /** What is on the screens, of one device if asked. */
  inbox(token?: string): InboxDevice[];
  inboxTotals(): InboxTotals;
  /** `behaviour` as at the beginning of a token; see `SteeringWheel`. */
  steer(tokenPrefix: string, behaviour: string, more?: Omit<Rule, 'token_prefix' | 'behaviour'>): void;
  set(settings: Partial<Settings>): void;
  /** Drops every connection at once and stops listening. */
  close(): Promise<void>;
}

const REMEMBERED = 200_000;

/** Starts an FCM HTTP v1 stand-in, HTTP/2 and HTTP/1.1 on the same port. Throws when a setting makes no sense. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, plain = false, remember = REMEMBERED } = options;
  const { latencyMs = 0, random = Math.random } = options;
  const tls = plain ? undefined : (options.tls ?? (await makeCertificates()));
  const listener = new Listener(tls, (exchange) => take(exchange));
  const listening = await listener.listen({ port, host });
  const url = `${plain ? 'http' : 'https'}://localhost:${listening}`;

  const [quotas, oauth] = [new Quotas(), new OAuth(url)];
  const rooms: Rooms = {
    ledger: new Ledger(remember),
    inbox: new Inbox(remember),
    topics: new Topics(),
    steering: new SteeringWheel(random),
    quotas,
    oauth,
    control: new Control(oauth, quotas),
    traffic: new Traffic(),
    random,
  };
  const { ledger, inbox, steering, control, traffic } = rooms;
  const stats = () => ({ ...traffic.stats(), ...listener.stats(), ...oauth.stats() });
  const mailbox = new Mailbox(rooms);
  const topicManagement = new TopicManagement(rooms);
  const desk = new Desk(rooms, stats);

  function dispatch(exchange: Exchange): Promise<void> {
    if (mailbox.isFor(exchange)) return mailbox.take(exchange);
    if (topicManagement.isFor(exchange)) return topicManagement.take(exchange);
    if (exchange.method === 'POST' && exchange.url === '/token') return takeTokenRequest(exchange, rooms);
    return desk.take(exchange);
  }
  function take(exchange: Exchange): void {
    // Whoever went away in the middle of a request gets no answer; nothing else can fail here.
    dispatch(exchange).catch(() => exchange.reset());
  }
  function set(settings: Partial<Settings>): void {
    const wrong = control.set(settings);
    if (wrong !== undefined) throw new Error(`no such setting: ${wrong}`);
  }
  try {
    set({ latency: String(latencyMs), ...options.settings });
  } catch (error) {
    await listener.close();
    throw error;
  }

  return {
    url,
    port: listening,
    ca: tls?.ca ?? '',
    received: (eventId) => ledger.list({ eventId }),
    events: () => ledger.events(),
    stats,
    inbox: (token) => inbox.list({ token }),
    inboxTotals: () => inbox.totals(),
    steer: (tokenPrefix, behaviour, more) => {
      if (!steering.put({ ...more, token_prefix: tokenPrefix, behaviour }))
        throw new Error(`no such behaviour: ${behaviour}`);
    },
    set,
    close: () => listener.close(),
  };
}

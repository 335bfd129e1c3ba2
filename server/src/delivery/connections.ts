import { Pool } from 'undici';
import { Exchange, type ExchangeEnd } from './exchange';
import { proxyFor, type ProxyOptions } from './proxy';
import { tunnelConnector } from './tunnel';

export interface ConnectionOptions extends ProxyOptions {
  /** `https://host[:port][/path]`; plain `http:` speaks HTTP/1.1. */
  endpoint: string;
  /** Connections at most. */
  connections: number;
  /** Longest time one exchange may take. */
  timeoutMs: number;
  /** PEM of an authority to trust instead of Node's list. */
  ca?: string;
}

/** What FCM allows on one connection. */
const STREAMS_PER_CONNECTION = 100;
/** Idle connections are kept so long: a new one costs a TLS handshake. */
const KEEP_ALIVE_MS = 240_000;
const LONGEST_CONNECT_MS = 10_000;

/** Long-lived HTTP/2 connections to one host. It opens as many as the load needs, and opens them again when they break. */
export class Connections {
  readonly #url: URL;
  /** What paths begin with. */
  readonly #base: string;
  readonly #underWay = new Set<Promise<ExchangeEnd>>();
  #pool: Pool;
  #closed = false;

  constructor(private readonly options: ConnectionOptions) {
    this.#url = new URL(options.endpoint);
    this.#base = this.#url.pathname.replace(/\/$/, '');
    this.#pool = this.#open();
  }

  /** Posts JSON. `deadlineMs` from now; never rejects. */
  async post(
    path: string,
    body: string,
    headers: Record<string, string>,
    deadlineMs: number,
  ): Promise<ExchangeEnd> {
    if (this.#closed) return { kind: 'unsent', reason: 'closed', timedOut: false };
    const pool = this.#pool;
    const exchange = new Exchange(deadlineMs);
    this.#underWay.add(exchange.end);
    pool.dispatch(
      {
        method: 'POST',
        path: this.#base + path,
        headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
        body,
      },
      exchange,
    );
    const end = await exchange.end;
    this.#underWay.delete(exchange.end);
    if (end.kind === 'unsent' && end.timedOut) this.#replaceUnconnected(pool);
    return end;
  }

  /** Lets what is under way end (no longer than `timeoutMs`), then closes every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#underWay);
    await this.#pool.destroy();
  }

  /**
   * A host that swallows packets accepts no connection and refuses none; undici would keep everything that waits for one.
   * So a pool in which a whole deadline passed without a connection is thrown away with all that waits in it.
   */
  #replaceUnconnected(pool: Pool): void {
    if (pool !== this.#pool || pool.stats.connected > 0 || this.#closed) return;
    this.#pool = this.#open();
    void pool.destroy(new Error('no connection could be made'));
  }

  #open(): Pool {
    const { connections, timeoutMs, ca } = this.options;
    const connectTimeout = Math.min(timeoutMs, LONGEST_CONNECT_MS);
    const tls = { preferH2: true, ...(ca && { ca }) };
    const proxy = proxyFor(this.#url, this.options);
    return new Pool(this.#url.origin, {
      connections,
      allowH2: true,
      h2Options: { maxConcurrentStreams: STREAMS_PER_CONNECTION },
      connect: proxy ? tunnelConnector(proxy, tls, { timeoutMs: connectTimeout, ca }) : tls,
      connectTimeout,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }
}

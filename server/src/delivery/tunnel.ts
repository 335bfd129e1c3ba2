import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { buildConnector } from 'undici';
import { proxyAuthorization, proxyFor, type ProxyOptions } from './proxy';

/** The proxy is there and will not let us through: nothing can be sent until somebody changes its mind, or the settings. */
export class ProxyRefused extends Error {
  override readonly name = 'ProxyRefused';
  readonly code = PROXY_REFUSED;
}

export const PROXY_REFUSED = 'PROXY_REFUSED';

export interface TunnelOptions {
  /** Longest time until the host is reached; TLS with it may take as long again. */
  timeoutMs: number;
  /** PEM of an authority to trust instead of Node's list. */
  ca?: string;
}

/** Whether it is a refusal, or what Google's libraries have made of one: they keep the code. */
export function isProxyRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === PROXY_REFUSED) || isProxyRefusal(error.cause);
}

/** These may pass; every other answer but 2xx will be the same again. */
const MAY_PASS = [408, 425, 429];

/**
 * A connection through the proxy to `host:port` (RFC 9110, 9.3.6), with nothing said on it yet. Rejects with `ProxyRefused`,
 * or with another error when the proxy cannot be reached or cannot reach the host; after `timeoutMs` in any case. No error
 * names more of the proxy than its host.
 */
export async function openTunnel(
  proxy: URL,
  authority: string,
  { timeoutMs, ca }: TunnelOptions,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const ask = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    method: 'CONNECT',
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    agent: false,
    ca,
  });
  const deadline = setTimeout(() => ask.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  ask.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      return resolve(socket);
    }
    socket.on('error', () => undefined).destroy();
    const says = `the proxy ${proxy.host} answered ${statusCode}`;
    reject(statusCode >= 500 || MAY_PASS.includes(statusCode) ? new Error(says) : new ProxyRefused(says));
  });
  ask.once('error', (error: Error & { code?: string }) => {
    // Without its code, of which some mean something to undici that is not true of a proxy.
    const why = [error.code, error.message].filter(Boolean).join(': ');
    reject(new Error(`the proxy ${proxy.host} cannot be reached: ${why}`));
  });
  ask.end();
  return promise.finally(() => clearTimeout(deadline));
}

/** How undici connects when a proxy is on the way: TLS, and what is agreed in it, is between us and the host. */
export function tunnelConnector(
  proxy: URL,
  tls: buildConnector.BuildOptions,
  limits: TunnelOptions,
): buildConnector.connector {
  const connect = buildConnector({ ...tls, timeout: limits.timeoutMs });
  return (options, callback) => {
    const { host = options.hostname, port } = options;
    openTunnel(proxy, port ? host : `${host}:443`, limits).then(
      (httpSocket) => connect({ ...options, httpSocket }, callback),
      (error: Error) => callback(error, null),
    );
  };
}

/** For Google's libraries, which take such an agent: each connection goes the way its host asks for. */
export class TunnelAgent extends Agent {
  constructor(
    private readonly proxies: ProxyOptions,
    private readonly limits: TunnelOptions,
  ) {
    super({ ca: limits.ca });
  }

  override createConnection(
    options: RequestOptions,
    connected: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const host = options.host ?? '';
    const port = Number(options.port ?? 443);
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const proxy = proxyFor(new URL(`https://${authority}`), this.proxies);
    if (!proxy) return super.createConnection(options, connected);
    openTunnel(proxy, authority, this.limits).then(
      (socket) => connected(null, connectTls({ ...this.options, servername: host, socket })),
      (error: Error) => connected(error, undefined as never),
    );
    return undefined;
  }
}

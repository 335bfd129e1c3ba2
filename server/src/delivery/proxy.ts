import { isIP } from 'node:net';

/** The way out of a network, as most programs are told it. */
export interface ProxyOptions {
  /** What every https connection goes through: `http://[user:password@]host[:port]`, or https. */
  httpsProxy?: string;
  /** Hosts that are reached without it: names with all below them, addresses, each with or without a port; `*` is all. */
  noProxy?: string;
}

/** This machine needs no proxy to be reached. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;
const HTTPS_PORT = '443';

/** The proxy on the way to an address, if there is one on it. */
export function proxyFor(
  { protocol, hostname, port }: URL,
  { httpsProxy, noProxy }: ProxyOptions,
): URL | undefined {
  if (!httpsProxy || protocol !== 'https:' || LOOPBACK.test(hostname)) return undefined;
  const entries =
    noProxy
      ?.toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean) ?? [];
  if (entries.some((entry) => covers(entry, hostname, port || HTTPS_PORT))) return undefined;
  return new URL(httpsProxy);
}

/** What the proxy wants to see of the user and password in its address; they are written nowhere else. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (!username && !password) return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** As curl reads NO_PROXY: `example.com`, `.example.com` and `*.example.com` are all that name and every name below it. */
function covers(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, itsPort] = /^(.*[^:]):(\d+)$/.exec(isIP(entry) ? '' : entry) ?? [];
  if (itsPort && itsPort !== port) return false;
  const domain = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === domain || (!isIP(host) && host.endsWith(`.${domain}`));
}

import { isIP, isIPv6, SocketAddress } from 'node:net';

/** What stands for whatever a proxy wrote instead of an address. */
const UNKNOWN = 'unknown';

/** An address in brackets, with a port or without, and an IPv4 address with a port, as some proxies write them. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/** The address alone, or `unknown`: with a proxy that is believed too much, a stranger could have written anything. */
export function plainAddress(text: string): string {
  const [, inBrackets, beforePort] = WITH_PORT.exec(text) ?? [];
  const address = inBrackets ?? beforePort ?? text;
  return isIP(address) ? address : UNKNOWN;
}

/**
 * Whom a rate limit counts: the address, with an IPv4 address in IPv6 clothes undressed and an IPv6 address cut to its
 * /64, because one subscriber usually has all of that. All who have none are one.
 */
export function clientAddress(text: string): string {
  const ip = plainAddress(text);
  if (!isIPv6(ip)) return ip;
  // In its one canonical form, however a proxy wrote it.
  const { address } = new SocketAddress({ address: ip.split('%', 1)[0], family: 'ipv6' });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const full = [...groups, ...Array<string>(zeros).fill('0'), ...rest];
  const network = full.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

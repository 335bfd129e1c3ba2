import { isIPv6, SocketAddress } from 'node:net';

/**
 * Whom a rate limit counts: the address, with an IPv4 address in IPv6 clothes undressed and an IPv6 address cut to its
 * /64, because one subscriber usually has all of that.
 */
export function clientAddress(ip: string): string {
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

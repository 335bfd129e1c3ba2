import { isIP } from 'node:net';
import { makeExactValidator } from 'envalid';

/** Environment variables are text; each parser turns one into its type or says what it wants, never what it got. */
function parser<T>(parse: (text: string) => T | undefined, wants: string) {
  return makeExactValidator<T>((text) => {
    const value = parse(text.trim());
    if (value === undefined) throw new Error(`must be ${wants}`);
    return value;
  });
}

const wholeNumber = (text: string, min: number, max: number): number | undefined => {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
};

export const integer = (min: number, max: number) =>
  parser((text) => wholeNumber(text, min, max), `a whole number from ${min} to ${max}`);

export const fraction = parser((text) => {
  const value = Number(text);
  return /^(\d+|\d*\.\d+)$/.test(text) && value <= 1 ? value : undefined;
}, 'a number from 0 to 1');

export const text = parser((value) => (value === '' ? undefined : value), 'a text that is not empty');

export const flag = parser((value) => {
  if (value === 'true' || value === 'on') return true;
  return value === 'false' || value === 'off' ? false : undefined;
}, '`true` or `false`');

export const oneOf = <T extends string>(...choices: readonly T[]) =>
  parser(
    (value) => choices.find((choice) => choice === value),
    choices.map((choice) => `\`${choice}\``).join(' or '),
  );

export const milliseconds = parser((value) => {
  const delays = value === '' ? [] : value.split(',').map((part) => wholeNumber(part.trim(), 0, 86_400_000));
  return delays.length <= 20 && !delays.includes(undefined) ? (delays as number[]) : undefined;
}, 'whole numbers of milliseconds with commas between, at most 20');

/** Secrets separated by commas, spaces around them ignored: the first signs, all of them verify. */
export const secrets = (minLength: number) =>
  parser((value) => {
    const list = value.split(',').map((secret) => secret.trim());
    return list.every((secret) => secret.length >= minLength) ? list : undefined;
  }, `at least ${minLength} characters, several with commas between`);

export const secret = (minLength: number) =>
  parser((value) => (value.length >= minLength ? value : undefined), `at least ${minLength} characters`);

/** A PEM key, with `\n` understood as a line break because many hosts cannot store one. */
export const pem = parser((value) => {
  const key = value.replaceAll('\\n', '\n');
  return key.includes('-----BEGIN ') ? key : undefined;
}, 'a PEM private key');

export const httpUrl = parser((value) => {
  const url = URL.parse(value);
  return url && /^https?:$/.test(url.protocol) ? value.replace(/\/+$/, '') : undefined;
}, 'an http:// or https:// address');

/** As other programs take it: without a scheme it is http. */
export const proxyUrl = parser((value) => {
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (!url || !/^https?:$/.test(url.protocol) || !/^(\[.+\]|[\w.-]+)$/.test(url.hostname)) return undefined;
  const decodable = !/%(?![\da-f]{2})/i.test(url.username + url.password);
  return decodable ? url.href : undefined;
}, 'the address of a proxy, http://user:password@host:port');

const REDIS_URL = /^(rediss?:\/\/[^\s,]+(,rediss?:\/\/[^\s,]+)*|sentinel:\/\/[^\s/]+\/[^\s/]+)$/;

export const redisUrl = parser(
  (value) => (REDIS_URL.test(value) ? value : undefined),
  'redis://, rediss://, several of them with commas between (Redis Cluster), or sentinel://host:port,host:port/master-name',
);

/** A count of proxies, or addresses and networks with commas between. */
export const proxies = parser<number | string[]>((value) => {
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const list = value.split(',').map((part) => part.trim());
  return list.every(isNetwork) ? list : undefined;
}, 'a count of proxies, or their addresses with commas between');

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && wholeNumber(bits ?? '0', 0, longest) !== undefined;
}

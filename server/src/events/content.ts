import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw } from 'node:zlib';
import { fromShorthand, toShorthand } from './shorthand';

/** What came in with an event and never changes: its body's exact text, and its headers as JSON. */
export interface Content {
  payload: string;
  headers: string;
}

/** A settled event's content as it is kept: in shorthand when that is short, else compressed. */
export interface PackedContent {
  content: Buffer | string;
  sum: string;
}

/**
 * Up to this size (bytes) shorthand will do: Redis' memory comes in steps, and compressed the record would take the same one. It
 * costs a quarter of the time.
 */
const SHORT = 280;
/** What is longer than this (characters) never gets that short. */
const MAYBE_SHORT = 1024;
/** Comes before shorthand. Compressed content never begins with it: this would be a block of type 3, which RFC 1951, 3.2.3 reserves. */
const SHORTHAND = '\u0006';

/** Up to this size (bytes) compressing on the spot takes microseconds; what is larger goes to another thread. */
const ON_THE_SPOT = 16_384;

/** What content looks like, most common last: what a text shares with it is not stored. Part of the store's version. */
const DICTIONARY = Buffer.from(
  'gzip, deflate, br application/json; charset=utf-8 text/plain keep-alive connection x-forwarded-for x-forwarded-proto ' +
    'x-request-id accept-encoding accept-language application/x-www-form-urlencoded "description":" "quantity":1,"price": ' +
    '"currency":"EUR" "total": "amount": "name":" "email":" "created_at":"2026-01-01T00:00:00Z" "items":[{"sku":" ' +
    '{"host":"localhost:3000","user-agent":"curl/7.88.1","accept":"*/*","content-type":"application/json",' +
    '"content-length":"300","x-timestamp":"1764000000","x-signature":"[redacted]"}' +
    '{"event_id":"evt_","order_id":"1001","user_id":"user-"}',
);
/** Node takes a whole chunk of memory for each result, however short that is; a usual event comes out with some 200 bytes. */
const SETTINGS = { dictionary: DICTIONARY, windowBits: 12, memLevel: 5, chunkSize: 1024 };
const SEPARATOR = '\n';

/** Tells whether two bodies are the same; 64 bits of SHA-1, as `sum_of` in event.lua makes them. */
export function sumOf(payload: string): string {
  return hash('sha1', payload).slice(0, 16);
}

export async function packContent({ payload, headers }: Content): Promise<PackedContent> {
  const text = headers + SEPARATOR + payload;
  const short = text.length <= MAYBE_SHORT ? toShorthand(text) : null;
  const isShort = short !== null && Buffer.byteLength(short) <= SHORT;
  const content = isShort ? SHORTHAND + short : await compress(text);
  return { content, sum: sumOf(payload) };
}

async function compress(text: string): Promise<Buffer> {
  const bytes = Buffer.from(text);
  return bytes.length > ON_THE_SPOT
    ? promisify(deflateRaw)(bytes, SETTINGS)
    : deflateRawSync(bytes, SETTINGS);
}

export async function unpackContent(content: Buffer): Promise<Content> {
  const text = await textOf(content);
  // JSON has no line break that is not escaped.
  const end = text.indexOf(SEPARATOR);
  return { headers: text.slice(0, end), payload: text.slice(end + 1) };
}

async function textOf(content: Buffer): Promise<string> {
  if (content[0] === SHORTHAND.charCodeAt(0)) return fromShorthand(content.toString('utf8', 1));
  return (await promisify(inflateRaw)(content, SETTINGS)).toString();
}

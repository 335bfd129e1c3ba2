/**
 * What JSON text of webhooks is full of. Each is written as one control character, which JSON text cannot have but for the blanks
 * among them. Part of the store: a place in this list never changes, and new ones go to its end, up to 28.
 */
const PHRASES = [
  '{"host":"',
  '","connection":"keep-alive',
  '","user-agent":"',
  '","accept":"*/*',
  '","accept-encoding":"gzip, deflate',
  '","accept-language":"',
  '","content-type":"application/json',
  '","content-length":"',
  '","x-timestamp":"',
  '","x-signature":"[redacted]',
  '","x-forwarded-for":"',
  '","x-forwarded-proto":"http',
  '","x-request-id":"',
  '{"event_id":"',
  '","order_id":"',
  '","user_id":"',
  '","created_at":"',
  '","currency":"',
  ',"total":',
  ',"items":[{"sku":"',
  '","name":"',
  '","quantity":',
  ',"price":',
  '},{"sku":"',
  '","email":"',
  '","status":"',
  '.000Z',
];

/** All control characters but tab, line feed and carriage return, and but the first, which is nobody's. */
const SIGNS = Array.from({ length: 31 }, (_, at) => String.fromCharCode(at + 1)).filter(
  (sign) => !'\t\n\r'.includes(sign),
);

const SIGN_OF = new Map(PHRASES.map((phrase, at) => [phrase, SIGNS[at]!]));
const PHRASE_OF = new Map(PHRASES.map((phrase, at) => [SIGNS[at]!, phrase]));
const ANY_PHRASE = new RegExp(PHRASES.map((phrase) => RegExp.escape(phrase)).join('|'), 'g');
const ANY_SIGN = new RegExp(`[${SIGNS.join('')}]`, 'g');

/** The text with a sign in place of each phrase; null for one that has signs itself, as no JSON text has. */
export function toShorthand(text: string): string | null {
  if (text.search(ANY_SIGN) >= 0) return null;
  return text.replace(ANY_PHRASE, (phrase) => SIGN_OF.get(phrase)!);
}

export function fromShorthand(text: string): string {
  return text.replace(ANY_SIGN, (sign) => PHRASE_OF.get(sign) ?? sign);
}

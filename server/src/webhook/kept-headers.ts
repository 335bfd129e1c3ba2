/** How many headers of a webhook are kept for the operator, and how much of each. */
const MOST_HEADERS = 32;
const MOST_CHARACTERS = 256;

/** Headers that prove who somebody is. */
const SECRET = /signature|authorization|cookie|token|secret|api-?key|password|hmac/i;

/** The headers as an operator may see them: secrets redacted, the rest cut to a sensible size. */
export function keptHeaders(
  headers: Readonly<Record<string, readonly string[] | undefined>>,
): Record<string, string> {
  const kept: [string, string][] = [];
  for (const [name, lines = []] of Object.entries(headers).slice(0, MOST_HEADERS)) {
    kept.push([name, SECRET.test(name) ? '[redacted]' : lines.join(', ').slice(0, MOST_CHARACTERS)]);
  }
  return Object.fromEntries(kept);
}

/** A string, a piece of punctuation, or anything else that is no space. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * The line, from 1, in which a field such as `locales.de.title` stands in a JSON text; of a field that is not there, that of
 * the nearest one around it. Names may have dots, as those of event types do.
 */
export function lineOfField(text: string, field: string): number {
  let best = { length: -1, line: 1 };
  const path: { name: string; index: number | null }[] = [];
  let name: string | null = null;
  for (const [at, token] of tokensOf(text)) {
    const top = path.at(-1);
    if (token === '{' || token === '[') {
      path.push({ name: '', index: token === '[' ? 0 : null });
    } else if (token === '}' || token === ']') {
      path.pop();
    } else if (token === ',') {
      if (top && top.index !== null) top.index++;
    } else if (token === ':' && top && name !== null) {
      top.name = name;
      const here = path.map((part) => (part.index === null ? part.name : String(part.index))).join('.');
      const isAround = field === here || field.startsWith(`${here}.`);
      if (isAround && here.length > best.length) best = { length: here.length, line: lineAt(text, at) };
    }
    name = token.startsWith('"') ? nameIn(token) : null;
  }
  return best.line;
}

function* tokensOf(text: string): Generator<[at: number, token: string]> {
  for (const match of text.matchAll(TOKENS)) yield [match.index, match[0]];
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

function nameIn(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    // A text that is being written.
    return token;
  }
}

/** How deep a document may nest; the outermost object is level 1. */
export const MAX_DEPTH = 32;

/** Without the BOM option a decoder drops a BOM silently; kept, it makes JSON.parse refuse the text, as it should. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface JsonDocument {
  text: string;
  value: unknown;
}

/**
 * Parses JSON strictly: valid UTF-8 without BOM, at most 32 levels, and no name of `unique` twice in the outermost object
 * (JSON.parse would silently keep the last). Null when the bytes are anything else. `__proto__` is a field like any other.
 */
export function parseStrictJson(bytes: Uint8Array, unique: readonly string[] = []): JsonDocument | null {
  try {
    const text = utf8.decode(bytes);
    // Before parsing: JSON.parse takes any depth, but much of what comes after it would not survive it.
    if (!isShallow(text)) return null;
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && unique.some((name) => isRepeated(text, name)) ? null : { text, value };
  } catch {
    // Not UTF-8 (TypeError) or not JSON (SyntaxError): to the sender it is the same.
    return null;
  }
}

function isShallow(text: string): boolean {
  // Few documents have so many brackets at all.
  if (occurrences(text, '{', MAX_DEPTH) + occurrences(text, '[', MAX_DEPTH) <= MAX_DEPTH) return true;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return false;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--;
  }
  return true;
}

/** Whether a name stands twice in the outermost object. The text is valid JSON of an object. */
function isRepeated(text: string, name: string): boolean {
  // Without a backslash there is one way to write it.
  if (!text.includes('\\') && occurrences(text, `"${name}"`, 1) <= 1) return false;
  let depth = 0;
  let count = 0;
  let isName = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at);
      if (depth === 1 && isName && JSON.parse(text.slice(at, end + 1)) === name) count++;
      isName = false;
      at = end;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth++;
      isName = char === OPEN_BRACE;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--;
    else if (char === COMMA) isName = true;
  }
  return count > 1;
}

/** How often a word stands in a text, wherever; counted no further than past `most`. */
function occurrences(text: string, word: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(word); at >= 0 && count <= most; at = text.indexOf(word, at + 1)) count++;
  return count;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The place of the quote that ends the string which begins at `start`; the end of the text when there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at;
  }
  return text.length;
}

/** JSON as the contract has it, judged by tokens; the server judges it by characters. */
import { isUtf8 } from 'node:buffer';

const MAX_DEPTH = 32;
const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs;

/** The value, or null when the bytes are no strict JSON, too deep, or have `unique` twice in the outermost object. */
export function judgeJson(bytes: Buffer, unique: string): { value: unknown } | null {
  if (!isUtf8(bytes)) return null;
  // Unlike a TextDecoder, this keeps a BOM, which is then no JSON.
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON.
    return null;
  }
  let depth = 0;
  let deepest = 0;
  let count = 0;
  let before = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth);
    else if (token === '}' || token === ']') depth--;
    else if (token === ':' && depth === 1 && JSON.parse(before) === unique) count++;
    before = token;
  }
  return deepest <= MAX_DEPTH && count <= 1 ? { value } : null;
}

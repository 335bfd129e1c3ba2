/**
 * The variant for somebody who wants `wanted` (BCP 47, also with `_`): the same tag, or with subtags cut off from the end
 * until one fits (RFC 4647, lookup). Undefined when none does.
 */
export function chooseLocale(wanted: string | undefined, available: Iterable<string>): string | undefined {
  const byName = new Map(Array.from(available, (tag) => [normal(tag), tag]));
  const subtags = normal(wanted ?? '').split('-');
  for (; subtags.length > 0; subtags.pop()) {
    // A single letter introduces what followed it and means nothing by itself.
    if (subtags.length > 1 && subtags.at(-1)!.length === 1) continue;
    const found = byName.get(subtags.join('-'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A language with script, region, variants and extensions, loosely: whether it exists is nobody's business here. */
export const LOCALE_TAG = '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,5}$';

function normal(tag: string): string {
  return tag.trim().replaceAll('_', '-').toLowerCase();
}

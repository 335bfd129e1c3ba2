/** Where a page of the list ends: the place of its last event in the order newest first. */
export interface Cursor {
  receivedMs: number;
  id: string;
}

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(`${cursor.receivedMs} ${cursor.id}`).toString('base64url');
}

/** Null when the text is not a cursor of ours. */
export function readCursor(text: string): Cursor | null {
  const match = /^(\d{1,15}) ([\x21-\x7e]{3,300})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  return match ? { receivedMs: Number(match[1]), id: match[2]! } : null;
}

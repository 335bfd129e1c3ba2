/** What must be true of the system when the attack is over, as seen through its public doors. */
import { readFile } from 'node:fs/promises';
import { sign } from '../support/sign.ts';
import type { Operator } from '../support/operator.ts';
import { inParallel } from '../support/sender.ts';
import type { Books } from './judge.ts';

/** Ids that the api lists and nobody sent, does not list, or lists twice. */
export async function wrongInList(operator: Operator, books: Books): Promise<string[]> {
  const left = new Set(books.accepted.keys());
  const wrong: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await operator.list(`limit=100&cursor=${cursor}`);
    for (const { event_id: id } of page.items) if (!left.delete(id)) wrong.push(`${id} is one too many`);
    cursor = page.next_cursor;
  }
  return [...wrong, ...[...left].map((id) => `${id} is not listed`)];
}

/** Events of which the api does not have exactly the bytes that were accepted: to those it would say `conflict`. */
export async function notKeptToTheLetter(apiUrl: string, secret: string, books: Books): Promise<string[]> {
  const wrong: string[] = [];
  const accepted = [...books.accepted];
  await inParallel(accepted.length, 32, async (index) => {
    const [id, body] = accepted[index]!;
    const headers = {
      'x-timestamp': String(Math.floor(Date.now() / 1000)),
      'x-signature': sign(body, secret),
    };
    const answer = await fetch(`${apiUrl}/api/webhook/order.created`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    const { status, conflict } = (await answer.json()) as { status: string; conflict?: true };
    if (status !== 'duplicate' || conflict) wrong.push(`${id}: ${status}, conflict: ${conflict}`);
  });
  return wrong;
}

/** What Node says when its debugger is opened, as the test itself does. */
const DEBUGGER = /^(Debugger |For help, see|$)/;

/** Lines of a log file that are not one JSON object with a level, or have characters a terminal would obey. */
export async function oddLogLines(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !DEBUGGER.test(line));
  return lines.filter((line) => {
    try {
      return typeof (JSON.parse(line) as { level?: unknown }).level !== 'number' || /\p{Cc}/u.test(line);
    } catch {
      // Not JSON.
      return true;
    }
  });
}

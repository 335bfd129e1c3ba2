/** Has a conversation over one connection and reads every answer to its end. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  status: number;
  headers: ReadonlyMap<string, string>;
  text: string;
}

export interface Exchange {
  answers: readonly Answer[];
  /** The other side closed with something of ours unread, which may have cost us its last answer. */
  reset: boolean;
  /** Set when the connection outlived every deadline, or what came is no HTTP. */
  trouble?: string;
}

/** Longer than any of the api's own deadlines. */
const DEADLINE_MS = 20_000;

/**
 * Writes the pieces one after another, as long as the other side is there, and reads until it closes.
 * `half`: ends our own side then.
 */
export async function exchange(port: number, pieces: readonly Buffer[], half: boolean): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const parts: Buffer[] = [];
  let reset = false;
  const closed = new Promise<void>((resolve) => void socket.once('close', resolve));
  socket.on('data', (part) => parts.push(part));
  socket.on(
    'error',
    (error: NodeJS.ErrnoException) => (reset ||= ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')),
  );
  socket.on('end', () => socket.destroy());
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) await delay(1);
    if (socket.destroyed) break;
    socket.write(piece);
  }
  if (half) socket.end();
  const timer = setTimeout(() => socket.destroy(new Error('timed out')), DEADLINE_MS);
  await closed;
  clearTimeout(timer);
  const bytes = Buffer.concat(parts);
  if (socket.errored?.message === 'timed out')
    return { answers: [], reset, trouble: `still open: ${String(bytes)}` };
  const answers = parse(bytes);
  return answers ? { answers, reset } : { answers: [], reset, trouble: `no whole answers: ${String(bytes)}` };
}

/** All answers in these bytes, provisional ones left out; null when they are anything but answers with a length. */
function parse(bytes: Buffer): Answer[] | null {
  const answers: Answer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    const headers = new Map(
      lines
        .map((line) => line.split(/: (.*)/s, 2) as [string, string])
        .map(([name, value]) => [name.toLowerCase(), value]),
    );
    const length = status < 200 ? 0 : Number(headers.get('content-length'));
    if (end < 0 || Number.isNaN(status + length) || rest.length < end + 4 + length) return null;
    const text = rest.subarray(end + 4, end + 4 + length).toString();
    if (status >= 200) answers.push({ status, headers, text });
    rest = rest.subarray(end + 4 + length);
  }
  return answers;
}

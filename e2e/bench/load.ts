/**
 * The sender of the benchmarks, a process of its own: signs all requests before it starts, then keeps so many connections
 * busy, one request at a time on each. It speaks HTTP over plain sockets, because a whole client would take as much of the
 * machine as the server that is measured.
 */
import { connect } from 'node:net';
import { once } from 'node:events';
import { signedRequest } from '../support/sign.ts';
import { percentile } from './figures.ts';
import { order } from './order.ts';

export interface Load {
  port: number;
  secret: string;
  connections: number;
  events: number;
  /** Of the event ids, which go on with a number. */
  prefix: string;
  /** Not as fast as it goes, but so many, evenly. */
  perSecond?: number;
}

export interface LoadResult {
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** How many answers had which status. */
  statuses: Record<string, number>;
  /** Of this process while it sent, in seconds: as long as the whole, and it was the limit. */
  cpuSeconds: number;
  /** When each was answered, ms since the epoch, by its number; only of a load that is paced. */
  answeredAt: number[];
}

const END_OF_HEAD = '\r\n\r\n';

export async function send({
  port,
  secret,
  connections,
  events,
  prefix,
  perSecond = Infinity,
}: Load): Promise<LoadResult> {
  const requests = Array.from({ length: events }, (_, index) => requestOf(order(prefix, index), secret));
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const answeredAt: number[] = [];
  let next = 0;

  const lane = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      let number = 0;
      let sentAt = 0;
      let answer = '';
      const sendNext = () => {
        number = next++;
        const request = requests[number];
        if (!request) return resolve();
        const dueMs = started + (number / perSecond) * 1000 - performance.now();
        if (dueMs > 1) setTimeout(write, dueMs, request);
        else write(request);
      };
      const write = (request: Buffer) => {
        answer = '';
        sentAt = performance.now();
        socket.write(request);
      };
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
        if (!isWhole(answer)) return;
        latencies.push(performance.now() - sentAt);
        const status = answer.slice('HTTP/1.1 '.length, 12);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (perSecond < Infinity) answeredAt[number] = performance.timeOrigin + performance.now();
        sendNext();
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('The server closed a connection')));
      sendNext();
    });
    socket.removeAllListeners('close').destroy();
  };

  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, lane));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    statuses,
    cpuSeconds: (user + system) / 1e6,
    answeredAt,
  };
}

/** Every server here gives its answers a `content-length`. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf(END_OF_HEAD);
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  if (!length) throw new Error(`An answer without a length: ${answer.slice(0, head)}`);
  return answer.length >= head + END_OF_HEAD.length + Number(length);
}

function requestOf(payload: object, secret: string): Buffer {
  const { headers, body } = signedRequest(payload, secret);
  const lines = [
    'POST /api/webhook/order.created HTTP/1.1',
    'host: 127.0.0.1',
    'user-agent: herald-bench',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(lines.join('\r\n') + END_OF_HEAD + body);
}

// Started by `Generator`, which asks for one load after the other.
process.on('message', (load: Load) => {
  send(load).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});

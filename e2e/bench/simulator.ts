/** How many messages the FCM simulator takes on one core: what a bench of something else has to leave for it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../stack/simulator.ts';
import { cpuSeconds } from './cpu.ts';
import { figure, median, type Figure } from './figures.ts';
import { http2Load } from './http2-load.ts';
import { watchMemory } from './memory.ts';

const CONNECTIONS = 4;
const MESSAGES = 40_000;
const ROUNDS = 5;
const DIFFERENT = 1000;

export async function measureSimulator(): Promise<Figure[]> {
  return [...(await measure('0', 'counting only')), ...(await measure('200000', 'remembering'))];
}

async function measure(remember: string, what: string): Promise<Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'herald-simulator-'));
  const simulator = await startSimulator(dir, { env: { SIMULATOR_REMEMBER: remember } });
  const { pid } = simulator.process;
  const memory = watchMemory([pid]);
  try {
    const rates: number[] = [];
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = cpuSeconds(pid);
      const seconds = await Promise.all(
        Array.from({ length: CONNECTIONS }, () =>
          http2Load({
            port: Number(new URL(simulator.url).port),
            ca: readFileSync(join(dir, 'ca.pem'), 'utf8'),
            path: '/v1/projects/shop/messages:send',
            authorization: 'Bearer owner',
            bodies: Array.from({ length: DIFFERENT }, (_, number) => message(number)),
            requests: MESSAGES / CONNECTIONS,
            inFlight: 100,
          }),
        ),
      );
      rates.push(MESSAGES / Math.max(...seconds));
      costs.push(((cpuSeconds(pid) - before) / MESSAGES) * 1e6);
    }
    return [
      figure(`${what}: messages over ${CONNECTIONS} connections`, median(rates), 'per s'),
      figure(`${what}: processor time of a message`, median(costs), 'µs'),
      figure(`${what}: resident at most`, await memory.stop(), 'MB'),
    ];
  } finally {
    await memory.stop();
    await simulator.process.stop();
    rmSync(dir, { recursive: true });
  }
}

const message = (number: number) =>
  JSON.stringify({
    message: {
      token: `fGh7kd83Jd0kasd:APA91bHPRgkFLJu${number}`,
      notification: { title: 'New Order', body: `Order A-${number} placed by ada` },
      data: { event_id: `evt-${number}`, order_id: String(number), event_type: 'order.created' },
      android: { priority: 'HIGH', notification: { tag: `tag-${number}` } },
      apns: { headers: { 'apns-collapse-id': `tag-${number}` } },
      webpush: { notification: { tag: `tag-${number}` } },
    },
  });

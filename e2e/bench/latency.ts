/**
 * How long after its webhook was answered a message reaches FCM, while 1,000 events come in each second: Herald with everything
 * on and the usual way, each api and worker, in turns; what is told is the median of the turns.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../stack/simulator.ts';
import { SECRET, stopAll } from './contenders.ts';
import { type Deliverer, PEER_IN_FLIGHT, startDeliverers, untilDelivered } from './deliverers.ts';
import { atMost, columns, type Figure, median, percentile } from './figures.ts';
import { Generator } from './generator.ts';

const ROUNDS = 5;
const PER_SECOND = 1000;
const EVENTS = 10_000;
const CONNECTIONS = 64;

interface Turn {
  p50: number;
  p99: number;
}

export async function measureLatency(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-bench-'));
  const generator = new Generator();
  const simulator = await startSimulator(dir, { env: { SIMULATOR_REMEMBER: String(EVENTS) } });
  let deliverers: Deliverer[] = [];
  try {
    deliverers = await startDeliverers(dir, simulator);
    const [herald, peer] = deliverers as [Deliverer, Deliverer];
    const inFlight = await bestOf(peer, (prefix) => turn(generator, simulator, peer, prefix));
    await peer.restart(inFlight);
    const turns = new Map<Deliverer, Turn[]>(deliverers.map((deliverer) => [deliverer, []]));
    for (const deliverer of [herald, peer]) await turn(generator, simulator, deliverer, 'warm-up');
    for (let round = 0; round < ROUNDS; round++)
      for (const deliverer of round % 2 ? deliverers.toReversed() : deliverers)
        turns.get(deliverer)!.push(await turn(generator, simulator, deliverer, `round-${round}`));
    return figuresOf([...turns.values()] as [Turn[], Turn[]], inFlight);
  } finally {
    generator.stop();
    await stopAll(deliverers);
    await simulator.process.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** With how many in flight the peer is soonest. */
async function bestOf(peer: Deliverer, run: (prefix: string) => Promise<Turn>): Promise<number> {
  const waits: number[] = [];
  for (const inFlight of PEER_IN_FLIGHT) {
    await peer.restart(inFlight);
    waits.push((await run(`with-${inFlight}`)).p50);
  }
  return PEER_IN_FLIGHT[waits.indexOf(Math.min(...waits))]!;
}

async function turn(
  generator: Generator,
  simulator: RunningSimulator,
  deliverer: Deliverer,
  prefix: string,
): Promise<Turn> {
  const before = await deliverer.delivered();
  const { statuses, answeredAt } = await generator.send({
    port: deliverer.port,
    secret: SECRET,
    connections: CONNECTIONS,
    events: EVENTS,
    perSecond: PER_SECOND,
    prefix,
  });
  if (statuses['202'] !== EVENTS) throw new Error(`${deliverer.name} answered ${JSON.stringify(statuses)}`);
  await untilDelivered(deliverer, before + EVENTS);
  const receivedAt = new Map(
    (await simulator.messages()).map(({ data, time_ms }) => [data?.['event_id'], time_ms]),
  );
  const waits = answeredAt.map((answered, index) => {
    const received = receivedAt.get(`${prefix}-${index}`);
    if (received === undefined) throw new Error(`${prefix}-${index} of ${deliverer.name} was not received`);
    return received - answered;
  });
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
}

function figuresOf([herald, peer]: readonly [Turn[], Turn[]], inFlight: number): Figure[] {
  const of = (turns: readonly Turn[], key: keyof Turn) => median(turns.map((turn) => turn[key]));
  const row = (name: string, turns: readonly Turn[]) => [
    name,
    of(turns, 'p50').toFixed(1),
    of(turns, 'p99').toFixed(1),
  ];
  console.log(
    columns(
      [`answered → received, at ${PER_SECOND} events per s`, 'p50 ms', 'p99 ms'],
      [row('Herald', herald), row(`BullMQ, firebase-admin, ${inFlight} in flight`, peer)],
    ),
  );
  const ratio = (key: keyof Turn) => of(herald, key) / of(peer, key);
  return [
    atMost('answered → received, p50, times BullMQ', ratio('p50'), 1),
    atMost('answered → received, p99, times BullMQ', ratio('p99'), 1),
  ];
}

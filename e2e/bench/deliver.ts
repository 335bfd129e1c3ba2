/**
 * What delivering costs: events that are in Redis already go to the FCM simulator, by one worker of Herald with everything on
 * and by the usual one, in turns; what is told is the median of the turns.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../stack/simulator.ts';
import { SECRET, stopAll } from './contenders.ts';
import { cpuSeconds } from './cpu.ts';
import { type Deliverer, IN_FLIGHT, PEER_IN_FLIGHT, startDeliverers, untilDelivered } from './deliverers.ts';
import { atLeast, atMost, columns, type Figure, median } from './figures.ts';
import { Generator } from './generator.ts';

const ROUNDS = 5;
const EVENTS = 20_000;
/** So many of them are delivered before the clock is started. */
const WARM_UP = 4000;
const CONNECTIONS = 64;

/** Of the simulator's answers in ms, and what Herald must reach: times the peer's events per second and CPU per event. */
const CASES = [
  { latency: '50', perSecond: 1.8, cpu: 0.55 },
  { latency: '0', perSecond: 1.3, cpu: 0.7 },
];

interface Turn {
  perSecond: number;
  /** Processor time per event, in µs. */
  cpu: number;
  redisCpu: number;
  /** Share of the time in which the simulator was busy: near 1, and it would be the simulator that was measured. */
  simulatorBusy: number;
}

export async function measureDeliver(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-bench-'));
  const generator = new Generator();
  const simulator = await startSimulator(dir, { env: { SIMULATOR_REMEMBER: '0' } });
  let deliverers: Deliverer[] = [];
  try {
    deliverers = await startDeliverers(dir, simulator);
    const bench = new Bench(generator, simulator, deliverers);
    const figures: Figure[] = [];
    for (const one of CASES) figures.push(...(await bench.measure(one)));
    return figures;
  } finally {
    generator.stop();
    await stopAll(deliverers);
    await simulator.process.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

class Bench {
  readonly #generator: Generator;
  readonly #simulator: RunningSimulator;
  readonly #deliverers: readonly Deliverer[];
  #turns = 0;

  constructor(generator: Generator, simulator: RunningSimulator, deliverers: readonly Deliverer[]) {
    this.#generator = generator;
    this.#simulator = simulator;
    this.#deliverers = deliverers;
  }

  async measure({ latency, perSecond, cpu }: (typeof CASES)[0]): Promise<Figure[]> {
    await this.#simulator.set({ latency });
    const [herald, peer] = this.#deliverers as [Deliverer, Deliverer];
    const inFlight = await this.bestOf(peer);
    await peer.restart(inFlight);
    await this.turn(herald);
    const turns = new Map<Deliverer, Turn[]>(this.#deliverers.map((deliverer) => [deliverer, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const deliverer of round % 2 ? [peer, herald] : [herald, peer])
        turns.get(deliverer)!.push(await this.turn(deliverer));
    const of = (deliverer: Deliverer, key: keyof Turn) =>
      median(turns.get(deliverer)!.map((turn) => turn[key]));
    const row = (deliverer: Deliverer, name: string) => [
      name,
      of(deliverer, 'perSecond').toFixed(0),
      of(deliverer, 'cpu').toFixed(0),
      of(deliverer, 'redisCpu').toFixed(0),
      `${(of(deliverer, 'simulatorBusy') * 100).toFixed(0)} %`,
    ];
    console.log(
      columns(
        [`FCM answers after ${latency} ms`, 'per s', 'CPU µs', 'Redis CPU µs', 'simulator busy'],
        [
          row(herald, `Herald, ${IN_FLIGHT} in flight`),
          row(peer, `BullMQ, firebase-admin, ${inFlight} in flight`),
        ],
      ),
    );
    const ratio = (key: keyof Turn) => of(herald, key) / of(peer, key);
    return [
      atLeast(`at ${latency} ms, events per second, times BullMQ`, ratio('perSecond'), perSecond),
      atMost(`at ${latency} ms, CPU per event, times BullMQ`, ratio('cpu'), cpu),
    ];
  }

  /** With how many in flight it delivers most. */
  async bestOf(peer: Deliverer): Promise<number> {
    const rates: number[] = [];
    for (const inFlight of PEER_IN_FLIGHT) {
      await peer.restart(inFlight);
      rates.push((await this.turn(peer)).perSecond);
    }
    return PEER_IN_FLIGHT[rates.indexOf(Math.max(...rates))]!;
  }

  async turn(deliverer: Deliverer): Promise<Turn> {
    const { worker, port, redisPid } = deliverer;
    worker.signal('SIGSTOP');
    const load = { port, secret: SECRET, connections: CONNECTIONS, events: EVENTS };
    const before = await deliverer.delivered();
    const { statuses } = await this.#generator.send({ ...load, prefix: `turn-${this.#turns++}` });
    if (statuses['202'] !== EVENTS) throw new Error(`${deliverer.name} answered ${JSON.stringify(statuses)}`);
    worker.signal('SIGCONT');
    const used = () => ({
      worker: cpuSeconds(worker.pid),
      redis: cpuSeconds(redisPid),
      simulator: cpuSeconds(this.#simulator.process.pid),
    });
    const first = await untilDelivered(deliverer, before + WARM_UP);
    const atFirst = used();
    const last = await untilDelivered(deliverer, before + EVENTS);
    const atLast = used();
    const events = last.count - first.count;
    const seconds = (last.atMs - first.atMs) / 1000;
    return {
      perSecond: events / seconds,
      cpu: ((atLast.worker - atFirst.worker) / events) * 1e6,
      redisCpu: ((atLast.redis - atFirst.redis) / events) * 1e6,
      simulatorBusy: (atLast.simulator - atFirst.simulator) / seconds,
    };
  }
}

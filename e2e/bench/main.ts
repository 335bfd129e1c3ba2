/**
 * `npm run bench`: the figures a user of Herald feels, measured on the built processes with a private Redis. Prints them,
 * and fails when one of them misses its bound. `npm run bench -- ingest` measures one thing.
 */
import { cpus, totalmem } from 'node:os';
import { measureDeliver } from './deliver.ts';
import { table, type Figure } from './figures.ts';
import { measureIngest } from './ingest.ts';
import { measureLatency } from './latency.ts';
import { measurePipeline } from './pipeline.ts';
import { measureScale } from './scale.ts';
import { measureSimulator } from './simulator.ts';

const EVENTS = 20_000;

const BENCHES: Record<string, () => Promise<Figure[]>> = {
  pipeline: () => measurePipeline(EVENTS),
  ingest: measureIngest,
  deliver: measureDeliver,
  latency: measureLatency,
  scale: () => measureScale([10_000, 100_000]),
  simulator: measureSimulator,
  'scale-full': () => measureScale([10_000, 100_000, 1_000_000]),
};
/** Only when it is asked for: one takes a quarter of an hour, the other is about a tool. */
const ON_DEMAND = ['scale-full', 'simulator'];

// By `exit`, which ends whatever was started; some of it may stand still and would not hear a signal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}"; there is ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(1);
}
const [cpu] = cpus();
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpu?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
const usual = Object.keys(BENCHES).filter((name) => !ON_DEMAND.includes(name));
for (const name of asked.length > 0 ? asked : usual) {
  console.log(`\n${name}\n`);
  const figures = await BENCHES[name]!();
  console.log(`\n${table(figures)}`);
  if (figures.some(({ ok }) => ok === false)) process.exitCode = 1;
}

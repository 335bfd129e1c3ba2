/**
 * `npm run bench`: the figures a user of Herald feels, measured on the built processes with a private Redis. Prints them,
 * and fails when one of them misses its bound. `npm run bench -- ingest` measures one thing.
 */
import { cpus, totalmem } from 'node:os';
import { table, type Figure } from './figures.ts';
import { measureIngest } from './ingest.ts';
import { measurePipeline } from './pipeline.ts';

const EVENTS = 20_000;

const BENCHES: Record<string, () => Promise<Figure[]>> = {
  pipeline: () => measurePipeline(EVENTS),
  ingest: measureIngest,
};

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
for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) {
  console.log(`\n${name}\n`);
  const figures = await BENCHES[name]!();
  console.log(`\n${table(figures)}`);
  if (figures.some(({ ok }) => ok === false)) process.exitCode = 1;
}

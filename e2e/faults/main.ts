/**
 * `npm run test:faults`: breaks a running Herald in every way of `faults.ts` and balances the books; then lets three naive
 * designs through the same checker, which must find them out. `-- --full` for the long form, `-- --seed <number>` to repeat,
 * `-- --minutes <number>` to end it sooner, `-- --evidence <file>` to keep the four sources as JSON.
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Design, type DesignName, DESIGNS } from './naive/designs.ts';
import { runNaive } from './naive/run.ts';
import { report } from './report.ts';
import { ENV, runFaults } from './run.ts';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    seed: { type: 'string' },
    events: { type: 'string' },
    rate: { type: 'string' },
    evidence: { type: 'string' },
    minutes: { type: 'string' },
  },
});
// Leaving by the door ends the children too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const settings = Object.entries(ENV).map((pair) => pair.join('='));
const [cpu] = cpus();
const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpu?.model}, ${memory}`,
);
console.log(`Seed ${seed}; ${settings.join(' ')}\n`);

const result = await runFaults({
  seed,
  form: values.full ? 'full' : 'short',
  say: console.log,
  ...(values.minutes && { minutes: Number(values.minutes) }),
  ...(values.events && { events: Number(values.events) }),
  ...(values.rate && { perSecond: Number(values.rate) }),
});
if (values.evidence) writeFileSync(values.evidence, JSON.stringify(result.sources));
console.log(`\n${report(result)}\n`);
if (result.violations.length > 0) process.exitCode = 1;

for (const [name, { flaw, caughtBy }] of Object.entries<Design>(DESIGNS)) {
  const { violations, events } = await runNaive(name as DesignName, seed);
  const found = violations.filter(({ rule }) => rule === caughtBy).length;
  const isRight = caughtBy ? found > 0 : violations.length === 0;
  const verdict = caughtBy ? `"${caughtBy}" broken ${found} times` : `${violations.length} violations`;
  console.log(`${isRight ? 'ok    ' : 'WRONG '}  ${name}, ${events} events: ${verdict} (flaw: ${flaw})`);
  if (!isRight) process.exitCode = 1;
}

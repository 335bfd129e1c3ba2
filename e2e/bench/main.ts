/**
 * `npm run bench`: the figures a user of Herald feels, measured on the built processes with a private Redis and the FCM
 * simulator as a process of its own. Prints them, and fails when one of them misses its bound.
 */
import { cpus, totalmem } from 'node:os';
import { measurePipeline } from './pipeline.ts';
import { table, type Figure } from './figures.ts';

const EVENTS = 20_000;

const figures: Figure[] = await measurePipeline(EVENTS);
const [cpu] = cpus();
console.log(
  `\nNode ${process.version}, ${cpus().length} × ${cpu?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`,
);
console.log(table(figures));
if (figures.some(({ ok }) => ok === false)) process.exitCode = 1;

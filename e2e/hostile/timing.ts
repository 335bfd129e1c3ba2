/**
 * `npm run timing`: does the time the built signature check takes tell where a wrong signature is wrong? Welch's t-test over
 * a million checks each with the first and with the last byte wrong, in random order, as dudect does it
 * (https://eprint.iacr.org/2016/1123): |t| above 5 is suspicious, above 10 strong. Also the first byte against all of them. The control, the same signature twice, must not be suspicious either: if
 * it is, the machine was too busy to tell anything.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../stack/paths.ts';
import { sign } from '../support/sign.ts';

const SAMPLES = Number(process.argv[2] ?? 1_000_000);
const SUSPICIOUS = 5;
const SECRET = 'a secret to be guessed';
const NOW_S = 1_790_000_000;

type Check = (
  request: { headers: Record<string, string[]>; body: Buffer },
  settings: { secrets: string[]; toleranceS: number },
  nowMs: number,
) => unknown;

const { herald } = createRequire(import.meta.url)(join(ROOT, 'dist/server/webhook/schemes/herald.js')) as {
  herald: Check;
};

const body = Buffer.from('{"event_id":"evt-1","order_id":"1001","user_id":"alice"}');
const right = sign(body, SECRET);
/** With these bytes of the right signature wrong. */
const wrongAt = (...places: number[]): Buffer => {
  const bytes = Buffer.from(right, 'hex');
  for (const place of places) bytes[place]! ^= 0x55;
  return bytes;
};
const firstWrong = wrongAt(0);
const lastWrong = wrongAt(31);
const allWrong = wrongAt(...Array(32).keys());

/** Ns of one check. Each has a text of its own: where one lies in memory would be measured along with it. */
function time(wrong: Buffer): number {
  const signature = wrong.toString('hex');
  const request = { headers: { 'x-timestamp': [String(NOW_S)], 'x-signature': [signature] }, body };
  const started = process.hrtime.bigint();
  herald(request, { secrets: [SECRET], toleranceS: 300 }, NOW_S * 1000);
  return Number(process.hrtime.bigint() - started);
}

/** Welch's t of two signatures' times. What interrupted the process, the slowest tenth of all, is left out of both. */
function welch(a: Buffer, b: Buffer): number {
  const times: [number[], number[]] = [[], []];
  for (let sample = 0; sample < 2 * SAMPLES; sample++) {
    const which = Math.random() < 0.5 ? 0 : 1;
    times[which].push(time(which === 0 ? a : b));
  }
  const all = Float64Array.from([...times[0].values(), ...times[1].values()]).sort();
  const limit = all[Math.floor(all.length * 0.9)]!;
  const [x, y] = times.map((list) => moments(list.filter((ns) => ns <= limit))) as [Moments, Moments];
  return (x.mean - y.mean) / Math.sqrt(x.variance / x.count + y.variance / y.count);
}

interface Moments {
  count: number;
  mean: number;
  variance: number;
}

function moments(values: readonly number[]): Moments {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { count, mean, variance };
}

for (let warm = 0; warm < 50_000; warm++) time(firstWrong);
for (const [what, a, b] of [
  ['control: the same twice', wrongAt(0), wrongAt(0)],
  ['first against last byte wrong', firstWrong, lastWrong],
  ['first against every byte wrong', firstWrong, allWrong],
] as const) {
  const t = welch(a, b);
  console.log(`${what}: t = ${t.toFixed(2)} over ${SAMPLES} checks each`);
  if (!(Math.abs(t) < SUSPICIOUS)) process.exitCode = 1;
}

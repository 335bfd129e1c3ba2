/**
 * `npm run timing`: does the time the built signature check takes tell where a wrong signature is wrong? Welch's t-test over
 * a million checks each with the first and with the last byte wrong, in random order, as dudect does it
 * (https://eprint.iacr.org/2016/1123): |t| above 5 is suspicious, above 10 strong. Also the first byte against all of them.
 * The control, the same byte twice, must not be suspicious either: if it is, the machine was too busy to tell anything.
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

/** What each byte of the right signature is changed by. */
const maskOf = (...wrong: number[]): Buffer =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => (wrong.includes(at) ? 0x55 : 0)));
const FIRST = maskOf(0);
const LAST = maskOf(31);
const EVERY = maskOf(...Array(32).keys());

const coin = (): 0 | 1 => (Math.random() < 0.5 ? 0 : 1);
let bodies = 0;

/**
 * Ns of one check of a signature that is wrong as one of `masks` says, and which of them. Each is of a body of its own: how
 * long a text takes to be read depends on the text, which an attacker knows; what must not show is how it differs from the
 * right one. Both are made, in either order, so that up to the moment the clock is started the same has been done.
 */
function time(masks: readonly [Buffer, Buffer]): { which: 0 | 1; ns: number } {
  const body = Buffer.from(`{"event_id":"evt-${String(bodies++).padStart(8, '0')}","user_id":"alice"}`);
  const right = Buffer.from(sign(body, SECRET), 'hex');
  const signatures = ['', ''];
  const earlier = coin();
  for (const made of [earlier, 1 - earlier]) signatures[made] = wrongBy(masks[made]!, right);
  const which = coin();
  const request = {
    headers: { 'x-timestamp': [String(NOW_S)], 'x-signature': [signatures[which]!] },
    body,
  };
  const started = process.hrtime.bigint();
  herald(request, { secrets: [SECRET], toleranceS: 300 }, NOW_S * 1000);
  return { which, ns: Number(process.hrtime.bigint() - started) };
}

function wrongBy(mask: Buffer, right: Buffer): string {
  return Buffer.from(right.map((byte, at) => byte ^ mask[at]!)).toString('hex');
}

/**
 * Welch's t of two kinds of wrong signatures' times. What interrupted the process, the slowest tenth of all, is left out of
 * both.
 */
function welch(a: Buffer, b: Buffer): number {
  const times: [number[], number[]] = [[], []];
  for (let sample = 0; sample < 2 * SAMPLES; sample++) {
    const { which, ns } = time([a, b]);
    times[which].push(ns);
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

for (let warm = 0; warm < 50_000; warm++) time([FIRST, LAST]);
for (const [what, a, b] of [
  ['control: the same byte twice', FIRST, maskOf(0)],
  ['first against last byte wrong', FIRST, LAST],
  ['first against every byte wrong', FIRST, EVERY],
] as const) {
  const t = welch(a, b);
  console.log(`${what}: t = ${t.toFixed(2)} over ${SAMPLES} checks each`);
  if (!(Math.abs(t) < SUSPICIOUS)) process.exitCode = 1;
}

/** How long an answer takes, in ms, drawn anew for each. `random` gives numbers from 0 up to 1. */
export type Latency = (random: () => number) => number;

/** The 99th percentile of the normal distribution. */
const Z99 = 2.3263;

const DISTRIBUTIONS: [RegExp, (first: number, second: number) => Latency][] = [
  [/^(\d+(?:\.\d+)?)$/, (ms) => () => ms],
  [
    /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/,
    (least, most) => (random) => least + random() * (Math.max(most, least) - least),
  ],
  [/^p50=(\d+(?:\.\d+)?),p99=(\d+(?:\.\d+)?)$/, logNormal],
];

/**
 * Reads `50` (always), `20-80` (uniform between) or `p50=40,p99=200` (log-normal, the usual shape of an answer over the
 * internet), all in ms. Undefined when it is none of these.
 */
export function readLatency(text: string): Latency | undefined {
  for (const [form, latency] of DISTRIBUTIONS) {
    const [, first, second] = form.exec(text) ?? [];
    if (first !== undefined) return latency(Number(first), Number(second));
  }
  return undefined;
}

function logNormal(median: number, p99: number): Latency {
  const sigma = Math.log(Math.max(p99, median) / median) / Z99;
  // Box and Muller; 1 - random() is never 0.
  return (random) =>
    median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

/**
 * `npm run bench:failover`: what a master that dies under load costs, with either durability. Behind Sentinel also when its
 * replicas had been cut off for 0.7 s before, which is what `local` may lose.
 */
import { startStack } from '../stack/stack.ts';
import type { Topology } from '../stack/topology.ts';
import { failOver, type FailoverFigures } from '../support/failover.ts';

const TRIALS = Number(process.argv[2] ?? 5);
const ENV = { RATE_LIMIT: '0', LEASE_MS: '5000', LOG_LEVEL: 'error' };

const CASES: [topology: Topology, cutOffMs: number][] = [
  ['sentinel', 0],
  ['sentinel', 700],
  ['cluster', 0],
];

for (const [topology, cutOffMs] of CASES) {
  for (const DURABILITY of ['local', 'replica']) {
    const all: FailoverFigures[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      const stack = await startStack({ topology, workers: 2, env: { ...ENV, DURABILITY } });
      try {
        all.push(await failOver(stack, { cutOffMs }));
      } finally {
        await stack.stop();
      }
    }
    const lost = all.map((figures) => figures.lost.length);
    const seconds = all.map(({ outageMs }) => (outageMs / 1000).toFixed(1));
    const acknowledged = all.reduce((sum, figures) => sum + figures.acknowledged, 0);
    const how = cutOffMs > 0 ? `, replicas cut off ${cutOffMs} ms before` : '';
    console.log(`${topology}${how}, ${DURABILITY}: of ${acknowledged} answered, lost ${lost.join(' ')}`);
    console.log(`  longest gap without a 202, s: ${seconds.join(' ')}`);
  }
}
process.exit();

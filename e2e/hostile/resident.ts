/** Resident memory of the api, as it says itself. */
import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 500;
const STILL_MB = 1;
const PATIENCE_MS = 15_000;

/** MB, once it no longer moves: right after a load, garbage and buffers are still counted. */
export async function residentAtRest(apiUrl: string): Promise<number> {
  let before = await resident(apiUrl);
  for (const deadline = performance.now() + PATIENCE_MS; ;) {
    await delay(EVERY_MS);
    const now = await resident(apiUrl);
    if (Math.abs(now - before) < STILL_MB || performance.now() > deadline) return now;
    before = now;
  }
}

async function resident(apiUrl: string): Promise<number> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
  if (Number.isNaN(bytes)) throw new Error('The api does not tell its memory');
  return bytes / 2 ** 20;
}

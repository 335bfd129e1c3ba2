/**
 * `npm run doctor`: builds the server if it is old, finds what an `npm start` of this checkout has brought up, and lets
 * the doctor look at it. With `REDIS_URL` in the environment it looks there instead. What is said here goes to standard
 * error, so that `--json` has the other for itself.
 */
import { spawnSync } from 'node:child_process';
import { buildWhatIsOld } from './build.ts';
import { environmentHere } from './lock.ts';
import { DOCTOR, NODE, ROOT } from './paths.ts';
import { Problem } from './problem.ts';
import { keptSecrets, loadDotEnv, valueOf } from './settings.ts';

try {
  const isTold = Boolean(valueOf('REDIS_URL'));
  loadDotEnv();
  await buildWhatIsOld(console.error, ['server']);
  const env = isTold ? process.env : { ...process.env, ...fromHere() };
  const args = ['--enable-source-maps', DOCTOR, ...process.argv.slice(2)];
  process.exitCode = spawnSync(NODE, args, { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1;
} catch (error) {
  console.error(error instanceof Problem ? error.message : error);
  process.exitCode = 1;
}

/** What `npm start` gives its children besides; nothing when none runs from this folder. */
function fromHere(): Record<string, string> {
  const here = environmentHere();
  if (here) console.error('Looking at the `npm start` that runs from this folder.');
  else if (!valueOf('REDIS_URL'))
    console.error('REDIS_URL is not set, and no `npm start` runs from this folder.');
  if (!here) return {};
  const made = Object.entries(keptSecrets()).filter(([name]) => !valueOf(name));
  return { ...here, ...Object.fromEntries(made) };
}

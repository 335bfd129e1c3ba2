/** Where things are in this checkout, whatever directory a command was started in. */
import { fileURLToPath } from 'node:url';
import { join, resolve } from 'node:path';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The project's own Node; the machine's may be older. */
export const NODE = join(ROOT, 'node_modules/.bin/node');

/** Everything `npm start` keeps between two starts; ignored by git. Elsewhere for a test of `npm start` itself. */
export const STATE = resolve(ROOT, process.env.HERALD_STATE || '.herald');

export const API = join(ROOT, 'dist/server/main.js');
export const WORKER = join(ROOT, 'dist/server/worker.js');
export const DOCTOR = join(ROOT, 'dist/server/doctor.js');
export const SIMULATOR = join(ROOT, 'e2e/simulator/main.ts');

/**
 * Runs before `npm start`, `npm test` and `npm run build`, so it has to work on any Node and without dependencies.
 * Installs exactly what package-lock.json names, unless that is what node_modules holds already. npm writes down what
 * it installed, and only once it has finished, so an interrupted installation counts as none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED = join(ROOT, 'node_modules/.package-lock.json');

if (!isInstalled()) install();

function isInstalled() {
  // The project's own Node comes with the installation, by an install script that npm may have been told to skip.
  if (!existsSync(INSTALLED) || !existsSync(join(ROOT, 'node_modules/.bin/node'))) return false;
  const installed = packagesIn(INSTALLED);
  const wanted = packagesIn(join(ROOT, 'package-lock.json'));
  const extra = Object.keys(installed).some((path) => !(path in wanted));
  const missing = Object.entries(wanted).some(([path, { version, optional, devOptional }]) => {
    if (path === '' || path in installed) return path !== '' && installed[path].version !== version;
    // An optional package may be meant for another system.
    return !optional && !devOptional;
  });
  return !extra && !missing;
}

/** @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */
function packagesIn(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

function install() {
  console.log('Installing dependencies (npm ci); the first time this takes a minute or two …');
  // Not with the Node inside node_modules: that is about to be replaced.
  const path = process.env.PATH.split(delimiter).filter((directory) => !directory.includes('node_modules'));
  const { status, error } = spawnSync('npm', ['ci', '--loglevel=error', '--include=dev'], {
    cwd: ROOT,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0 && isInstalled()) return;
  const reason =
    status === 0
      ? 'npm was told not to run install scripts, but the project\'s own Node comes by one (see "ignore-scripts")'
      : `npm ci failed${error ? `: ${error.message}` : '; what it said is above'}`;
  console.error(`The dependencies could not be installed: ${reason}.`);
  process.exit(1);
}

/** Builds what is missing or older than its sources, server and console at the same time. */
import { spawn } from 'node:child_process';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import { Problem } from './problem.ts';

interface Target {
  name: 'server' | 'console';
  script: string;
  output: string;
  sources: string[];
}

const COMMON = ['package-lock.json', 'tsconfig.base.json'];

const TARGETS: Target[] = [
  {
    name: 'server',
    script: 'build:server',
    output: 'dist/server/main.js',
    sources: [...COMMON, 'nest-cli.json', 'server/tsconfig.json', 'server/tsconfig.build.json', 'server/src'],
  },
  {
    name: 'console',
    script: 'build:console',
    output: 'dist/console/browser/index.html',
    sources: [...COMMON, 'angular.json', 'admin-ui', 'server/src/contract'],
  },
];

export async function buildWhatIsOld(
  say: (line: string) => void,
  wanted: Target['name'][] = ['server', 'console'],
): Promise<void> {
  const old: Target[] = [];
  for (const target of TARGETS.filter(({ name }) => wanted.includes(name)))
    if (await isOld(target)) old.push(target);
  if (old.length === 0) return;
  say(`Building the ${old.map(({ name }) => name).join(' and the ')} …`);
  // Each to its end: none is left running behind a message about another.
  const builds = await Promise.allSettled(old.map(build));
  for (const { reason } of builds.filter((result) => result.status === 'rejected')) throw reason;
}

async function isOld({ output, sources }: Target): Promise<boolean> {
  const built = await changedAt(output);
  const changes = await Promise.all(sources.map(changedAt));
  return built === 0 || Math.max(...changes) > built;
}

/** Latest change of a file, or of anything in a folder: removed files count, they touch their folder. 0 if absent. */
async function changedAt(path: string): Promise<number> {
  const file = await stat(join(ROOT, path)).catch(() => null);
  if (!file) return 0;
  if (!file.isDirectory()) return file.mtimeMs;
  const inside = await Promise.all(
    (await readdir(join(ROOT, path))).map((name) => changedAt(join(path, name))),
  );
  return Math.max(file.mtimeMs, ...inside);
}

async function build({ name, script, output }: Target): Promise<void> {
  const npm = spawn('npm', ['run', '--silent', script], {
    cwd: ROOT,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text) => (log += text));
  const code = await new Promise<number | null>((resolve) => {
    npm.once('close', resolve);
    npm.once('error', (error) => {
      log += error.message;
      resolve(null);
    });
  });
  if (code === 0) return;
  // Half a build must not look like a fresh one at the next start.
  await rm(join(ROOT, output), { force: true });
  throw new Problem(`The ${name} does not build (npm run ${script}):\n${log.trim()}`);
}

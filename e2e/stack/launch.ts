/**
 * Herald on one machine: builds what is old, then starts Redis, the FCM simulator, the api and one worker, tells how
 * to use them, and ends them in the opposite order. Each child writes a log file; the terminal shows only what
 * somebody should read.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWhatIsOld } from './build.ts';
import { lock, remember, rememberEnvironment, unlock } from './lock.ts';
import { onlyTrouble } from './log-lines.ts';
import { API, SIMULATOR, STATE, WORKER } from './paths.ts';
import { Problem } from './problem.ts';
import { freePort, nextFreePort, obituary, type Program, type RunningProcess } from './processes.ts';
import { pings, startRedis } from './redis.ts';
import { startServer } from './server.ts';
import { hasFirebaseCredentials, loadDotEnv, secrets, valueOf } from './settings.ts';
import { startSimulator } from './simulator.ts';
import { summary } from './summary.ts';

/** Longer than the `SHUTDOWN_TIMEOUT_MS` that api and worker give themselves. */
const GRACE_MS = 20_000;
const LOGS = join(STATE, 'logs');
/** In the order they were started. */
const running: RunningProcess[] = [];
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void stopEverything(0));
}
// The terminal may be gone before we are.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// npm passes SIGTERM to the shell it started us in, which dies of it and tells nobody.
if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && void stopEverything(0), 250).unref();
}
try {
  console.log(await start());
} catch (error) {
  if (!stopping) {
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    await stopEverything(1);
  }
}

async function start(): Promise<string> {
  const startedAt = performance.now();
  loadDotEnv();
  await lock();
  await rm(LOGS, { recursive: true, force: true });
  await buildWhatIsOld(console.log);

  const { values, made } = secrets();
  const redisUrl = await theRedis();
  const simulator = hasFirebaseCredentials()
    ? null
    : await startSimulator(join(STATE, 'simulator'), child('simulator', SIMULATOR));
  const port = await portFor('api', process.env.PORT || 3000);
  const workerPort = await portFor('worker', process.env.WORKER_PORT || 3001, [port]);
  // No balancer has to notice that we go, and who presses Ctrl-C does not want to wait.
  const SHUTDOWN_DELAY_MS = process.env.SHUTDOWN_DELAY_MS || '0';
  const env = {
    ...process.env,
    ...simulator?.env,
    ...{ REDIS_URL: redisUrl, LOG_PRETTY: 'false', SHUTDOWN_DELAY_MS },
  };
  // A Redis of the user's own is found by the user's own settings, password and all.
  rememberEnvironment({ ...simulator?.env, ...(valueOf('REDIS_URL') ? {} : { REDIS_URL: redisUrl }) });
  await Promise.all([
    startServer({ kind: 'api', port, env: { ...env, ...made }, ...child('api', API) }),
    startServer({ kind: 'worker', port: workerPort, env, ...child('worker', WORKER) }),
  ]);

  const seconds = (performance.now() - startedAt) / 1000;
  return summary({ port, workerPort, simulatorUrl: simulator?.url, secrets: { values, made }, seconds });
}

async function theRedis(): Promise<string> {
  const given = valueOf('REDIS_URL');
  if (given) {
    await checkRedis(given);
    return given;
  }
  const port = await freePort();
  const dir = join(STATE, 'redis');
  const { url } = await startRedis({ dir, port, say: console.log, ...child('redis', `:${port}`) });
  return url;
}

/** Cluster, Sentinel and TLS addresses are left to the server, which says what is wrong with them. */
async function checkRedis(url: string): Promise<void> {
  if (!/^redis:[^,]*$/.test(url) || !URL.canParse(url)) return;
  const { hostname, port } = new URL(url);
  if (await pings(hostname, Number(port || 6379))) return;
  throw new Problem(
    `REDIS_URL is set, but no Redis answers at ${hostname}:${port || 6379}. ` +
      'Start it, or leave REDIS_URL out: then Herald brings its own.',
  );
}

/** How every child is started. `commandLine`: a part of it that no other program has. */
function child(name: string, commandLine: string): Partial<Program> & { name: string } {
  return {
    name,
    detached: true,
    logFile: join(LOGS, `${name}.log`),
    onLine: onlyTrouble(name),
    onStart: (process) => watch(process, commandLine),
  };
}

/** One that ends by itself ends all: a product that runs by half looks like one that works. */
function watch(process: RunningProcess, commandLine: string): void {
  running.push(process);
  remember(process.pid, commandLine);
  void process.exited.then(() => {
    if (stopping) return;
    console.error(`\n${obituary(process)}`);
    void stopEverything(1);
  });
}

async function portFor(name: string, wanted: string | number, taken: number[] = []): Promise<number> {
  const port = await nextFreePort(Number(wanted), taken);
  if (port !== Number(wanted)) console.log(`Port ${wanted} is taken: the ${name} uses ${port}.`);
  return port;
}

/** Api and worker first, and together: they still need the others to finish what is under way. */
async function stopEverything(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (running.length > 0) console.log('\nStopping …');
  const servers = running.filter(({ name }) => name === 'api' || name === 'worker');
  const others = running.filter((process) => !servers.includes(process)).reverse();
  await Promise.all(servers.map((process) => process.stop(GRACE_MS)));
  for (const process of others) await process.stop(GRACE_MS);
  if (running.length > 0)
    console.log('Herald has stopped; its events are kept in .herald/ for the next start.');
  unlock();
  process.exit(exitCode);
}

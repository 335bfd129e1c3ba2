import { RecordingLogger } from '../../test/recording-logger';
import { until } from '../../test/until';
import { Metrics } from '../telemetry/metrics';
import { BackgroundRole, type Role } from './background-role';

/** A role that does what `runs` say, one after the other; the last one for ever. */
class ScriptedRole implements Role {
  readonly name = 'sweeper';
  started = 0;
  ended = 0;

  constructor(private readonly runs: (() => number | Promise<number>)[]) {}

  async run(): Promise<number> {
    const run = this.runs[Math.min(this.started, this.runs.length - 1)]!;
    this.started++;
    try {
      return await run();
    } finally {
      this.ended++;
    }
  }
}

const logger = () => new RecordingLogger();
const fails = () => Promise.reject(new Error('Connection is closed.'));
let running: BackgroundRole | undefined;

function start(role: Role, log = logger(), metrics = new Metrics()): BackgroundRole {
  running = new BackgroundRole(role, log, metrics);
  running.start();
  return running;
}

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

it('runs again after as long as the role wants', async () => {
  const role = new ScriptedRole([() => 0]);
  start(role);
  await until(() => role.ended >= 5);
});

it('never overlaps itself', async () => {
  const gate = Promise.withResolvers<number>();
  const role = new ScriptedRole([() => 0, () => gate.promise, () => 60_000]);
  start(role);
  await until(() => role.started === 2);
  expect(role.ended).toBe(1);
  gate.resolve(0);
  await until(() => role.ended === 3);
  expect(role.started).toBe(3);
});

it('survives failures, logs the first of them and the recovery once each, and counts all', async () => {
  const role = new ScriptedRole([fails, fails, () => 60_000]);
  const log = logger();
  const metrics = new Metrics();
  start(role, log, metrics);
  await until(() => log.lines.length === 2);
  expect(role.started).toBe(3);
  expect(log.texts('warn')).toEqual(['sweeper could not do its work: Error: Connection is closed.']);
  expect(log.texts('log')).toEqual(['sweeper works again']);
  expect(await metrics.registry.metrics()).toContain('herald_role_failures_total{role="sweeper"} 2');
});

it('stops at once while it rests', async () => {
  const role = new ScriptedRole([() => 60_000]);
  const background = start(role);
  await until(() => role.ended === 1);
  const before = performance.now();
  await background.stop();
  expect(performance.now() - before).toBeLessThan(500);
  expect(role.started).toBe(1);
});

it('stops only when a run that is under way has ended, and runs no more', async () => {
  const gate = Promise.withResolvers<number>();
  const role = new ScriptedRole([() => gate.promise]);
  const background = start(role);
  await until(() => role.started === 1);
  let stopped = false;
  const stopping = background.stop().then(() => (stopped = true));
  await Promise.resolve();
  expect(stopped).toBe(false);
  gate.resolve(0);
  await stopping;
  expect(role).toMatchObject({ started: 1, ended: 1 });
});

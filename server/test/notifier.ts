import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../src/config/clock';
import { LineState, type ProbeTimes } from '../src/queue/line-state';
import { Devices } from '../src/devices/devices';
import { Pruning } from '../src/devices/pruning';
import { Keyspace } from '../src/events/keys';
import { Messages } from '../src/messages/messages';
import { MessageStore } from '../src/messages/store';
import { BackgroundRole, type Role } from '../src/notifier/background-role';
import { Consumer } from '../src/notifier/consumer';
import { Heartbeat } from '../src/notifier/heartbeat';
import { Janitor } from '../src/notifier/janitor';
import { Line } from '../src/notifier/line';
import { LossAlarm } from '../src/notifier/loss-alarm';
import { Notifier } from '../src/notifier/notify';
import { Places } from '../src/notifier/places';
import { Promoter } from '../src/notifier/promoter';
import { Pruner } from '../src/notifier/pruner';
import { Reclaimer } from '../src/notifier/reclaimer';
import type { RetrySettings } from '../src/notifier/retry-policy';
import { Governor, NO_QUOTAS } from '../src/quota/governor';
import type { QuotaSettings } from '../src/quota/settings';
import { Claims } from '../src/queue/claims';
import { Upkeep } from '../src/queue/upkeep';
import { Workers } from '../src/queue/workers';
import { type RedisClient, RedisConnections } from '../src/redis/connections';
import { Metrics } from '../src/telemetry/metrics';
import { RecordingLogger } from './recording-logger';
import { ignoreErrors, ready } from './redis';
import { ScriptedProvider } from './scripted-provider';

export interface WorkerOptions {
  url: string;
  prefix: string;
  partitions?: number;
  provider?: ScriptedProvider;
  settings?: Partial<RetrySettings>;
  concurrency?: number;
  leaseMs?: number;
  maxDeliveries?: number;
  clock?: Clock;
  probes?: ProbeTimes;
  /** FCM's quotas are kept only where a test is about them. */
  quotas?: Partial<QuotaSettings>;
  connections?: RedisConnections;
}

/** The settings' defaults. */
export const FCM_QUOTAS: QuotaSettings = {
  ...{ on: true, perMinute: 600_000, rampS: 60, topicPerS: 1000 },
  ...{ devicePerMinute: 240, devicePerHour: 5000, collapsibleBurst: 20, collapsibleRefillS: 180 },
};

/** The parts of a worker process on connections of their own, put together as `NotifierModule` does it. */
export class TestWorker {
  readonly logger = new RecordingLogger();
  readonly metrics = new Metrics();
  readonly claims: Claims;
  readonly devices: Devices;
  readonly messages: Messages;
  readonly pruner: Pruner;
  readonly notifier: Notifier;
  readonly consumer: Consumer;
  readonly upkeep: Upkeep;
  readonly workers: Workers;
  readonly promoter: Promoter;
  readonly reclaimer: Reclaimer;
  readonly heartbeat: Heartbeat;
  readonly janitor: Janitor;
  readonly lossAlarm: LossAlarm;
  readonly line: Line;
  readonly governor: Governor | null;
  private running: BackgroundRole[] = [];

  private constructor(
    readonly connections: RedisConnections,
    readonly redis: RedisClient,
    readonly provider: ScriptedProvider,
    options: WorkerOptions,
  ) {
    const { prefix, partitions = 3, concurrency = 100, leaseMs = 30_000, clock = systemClock } = options;
    const keyspace = new Keyspace(prefix, partitions);
    const { logger, metrics } = this;
    const settings = {
      retryDelaysMs: [1000, 4000, 10_000],
      retryJitter: 0,
      maxAgeS: 3600,
      ...options.settings,
    };
    this.claims = new Claims(redis, keyspace, `worker-${randomBytes(4).toString('hex')}`);
    this.devices = new Devices(redis, prefix);
    this.messages = new Messages(new MessageStore(redis, prefix));
    const pruning = new Pruning(redis, prefix, { maxShare: 0.25, freePerMinute: 20 });
    this.pruner = new Pruner(pruning, this.messages, clock, metrics, logger);
    this.upkeep = new Upkeep(redis, keyspace, {
      leaseMs,
      maxDeliveries: options.maxDeliveries ?? 3,
      retentionS: 604_800,
      deadRetentionS: 2_592_000,
      dedupeTtlS: 86_400,
    });
    this.workers = new Workers(redis, keyspace);
    this.line = new Line(new LineState(redis, keyspace, options.probes), metrics, logger);
    this.governor = options.quotas
      ? new Governor({
          ...{ redis, prefix, worker: this.claims.owner, metrics, logger },
          settings: { ...FCM_QUOTAS, ...options.quotas },
        })
      : null;
    const quotas = this.governor ?? NO_QUOTAS;
    const { claims, devices, messages, pruner, upkeep, line } = this;
    this.notifier = new Notifier({
      claims,
      devices,
      messages,
      pruner,
      provider,
      line,
      quotas,
      places: new Places(concurrency),
      metrics,
      clock,
      random: () => 0.5,
      log: logger,
      settings,
    });
    this.consumer = new Consumer(
      claims,
      keyspace,
      connections,
      concurrency,
      (claim, record) => this.notifier.notify(claim, record),
      [quotas, line],
      logger,
    );
    this.promoter = new Promoter(upkeep, metrics);
    this.reclaimer = new Reclaimer(upkeep, claims.owner, metrics, logger);
    this.heartbeat = new Heartbeat(claims, this.workers, this.consumer, clock, leaseMs);
    this.janitor = new Janitor(upkeep, this.workers, claims.owner, clock, metrics, logger);
    this.lossAlarm = new LossAlarm(claims.epochs, upkeep, metrics, logger);
  }

  static async create(options: WorkerOptions): Promise<TestWorker> {
    const settings = { url: options.url, commandTimeoutMs: 2000 };
    const connections = options.connections ?? new RedisConnections(settings, ignoreErrors);
    const redis = await ready(connections.forCommands());
    return new TestWorker(connections, redis, options.provider ?? new ScriptedProvider(), options);
  }

  start(...roles: Role[]): void {
    this.consumer.start();
    this.running = roles.map((role) => new BackgroundRole(role, this.logger, this.metrics));
    for (const role of this.running) role.start();
  }

  /** As on SIGTERM; answers how many events were left pending. */
  async stop(timeoutMs = 5000): Promise<number> {
    const left = await this.consumer.stop(timeoutMs);
    await Promise.all(this.running.map((role) => role.stop()));
    this.governor?.close();
    this.connections.closeAll();
    return left;
  }

  /** As on SIGKILL: it does not say another word to Redis. */
  async die(): Promise<void> {
    this.connections.closeAll();
    await this.stop(0);
  }
}

/** Creates workers that end with their test at the latest. */
export function useWorkers(): (options: WorkerOptions) => Promise<TestWorker> {
  let created: TestWorker[] = [];
  afterEach(async () => {
    await Promise.all(created.map((worker) => worker.die()));
    created = [];
  });
  return async (options) => {
    const worker = await TestWorker.create(options);
    created.push(worker);
    return worker;
  };
}

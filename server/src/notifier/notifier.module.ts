import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type BeforeApplicationShutdown,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import type { AccessTokens } from '../delivery/access-token';
import { accessTokensOf, createProvider, createTopicManagement } from '../delivery/create-provider';
import type { DeliveryProvider } from '../delivery/provider';
import type { TopicManagement } from '../delivery/topic-management';
import { Devices } from '../devices/devices';
import { Pruning } from '../devices/pruning';
import { Topics } from '../devices/topics';
import { Keyspace } from '../events/keys';
import { Governor, NO_QUOTAS } from '../quota/governor';
import { Messages } from '../messages/messages';
import { Budget } from '../queue/budget';
import { Claims } from '../queue/claims';
import { Epochs } from '../queue/epochs';
import { LineState } from '../queue/line-state';
import { Upkeep } from '../queue/upkeep';
import { Workers } from '../queue/workers';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { LineLogs } from '../telemetry/line-log';
import { Metrics } from '../telemetry/metrics';
import { BackgroundRole } from './background-role';
import { Consumer } from './consumer';
import { Heartbeat } from './heartbeat';
import { Janitor } from './janitor';
import { Line } from './line';
import { LossAlarm } from './loss-alarm';
import { Notifier } from './notify';
import { Places } from './places';
import { Promoter } from './promoter';
import { Pruner } from './pruner';
import { QuotaWatch } from './quota-watch';
import { Reclaimer } from './reclaimer';
import { Shedder } from './shedder';
import { Subscriber } from './subscriber';

/** Nest's injection token of the `DeliveryProvider`. */
export const PROVIDER = Symbol('PROVIDER');
/** Nest's injection token of the `Governor`; null when quotas are off. */
const GOVERNOR = Symbol('GOVERNOR');
/** Nest's injection token of the `TopicManagement`. */
const TOPIC_MANAGEMENT = Symbol('TOPIC_MANAGEMENT');
/** Nest's injection token of the `AccessTokens` that both share. */
const ACCESS_TOKENS = Symbol('ACCESS_TOKENS');
/** Nest's injection token of the roles, all of which run as long as the worker does. */
const ROLES = Symbol('ROLES');

const logger = new Logger('Notifier');
const dryRunLog = { info: (fields: object, msg: string) => logger.log({ msg, ...fields }) };

/** The worker's day: it bootstraps with its consumer and roles, and ends them before the connections are closed. */
@Module({
  providers: [
    {
      provide: ACCESS_TOKENS,
      inject: [CONFIG, CLOCK],
      useFactory: ({ delivery }: ReadonlyConfig, clock: Clock) => accessTokensOf(delivery, clock),
    },
    {
      provide: PROVIDER,
      inject: [CONFIG, CLOCK, ACCESS_TOKENS],
      useFactory: ({ delivery }: ReadonlyConfig, clock: Clock, tokens: AccessTokens) =>
        createProvider(delivery, dryRunLog, clock, tokens),
    },
    {
      provide: TOPIC_MANAGEMENT,
      inject: [CONFIG, CLOCK, ACCESS_TOKENS],
      useFactory: ({ delivery }: ReadonlyConfig, clock: Clock, tokens: AccessTokens) =>
        createTopicManagement(delivery, dryRunLog, clock, tokens),
    },
    {
      provide: Subscriber,
      inject: [Topics, TOPIC_MANAGEMENT, Pruner, Metrics],
      useFactory: (topics: Topics, management: TopicManagement, pruner: Pruner, metrics: Metrics) =>
        new Subscriber(topics, management, pruner, metrics, logger),
    },
    {
      provide: Claims,
      inject: [REDIS, Keyspace, Epochs],
      useFactory: (redis: RedisClient, keyspace: Keyspace, epochs: Epochs) =>
        new Claims(redis, keyspace, ownName(), epochs),
    },
    {
      provide: Line,
      inject: [LineState, Metrics],
      useFactory: (state: LineState, metrics: Metrics) => new Line(state, metrics, logger),
    },
    {
      provide: GOVERNOR,
      inject: [REDIS, CONFIG, Claims, Metrics],
      useFactory: (redis: RedisClient, config: ReadonlyConfig, { owner }: Claims, metrics: Metrics) => {
        const { quotas: settings, delivery } = config;
        // What does not leave the machine is subject to nobody's quota.
        if (!settings.on || delivery.mode === 'dry_run') return null;
        return new Governor({ redis, prefix: config.redis.prefix, worker: owner, settings, metrics, logger });
      },
    },
    {
      provide: Pruner,
      inject: [Pruning, Messages, CLOCK, Metrics],
      useFactory: (pruning: Pruning, messages: Messages, clock: Clock, metrics: Metrics) =>
        new Pruner(pruning, messages, clock, metrics, logger),
    },
    {
      provide: Consumer,
      inject: [
        CONFIG,
        CLOCK,
        PROVIDER,
        Claims,
        Devices,
        Messages,
        Pruner,
        Keyspace,
        RedisConnections,
        Line,
        GOVERNOR,
        Metrics,
        LineLogs,
      ],
      useFactory: (
        config: ReadonlyConfig,
        clock: Clock,
        provider: DeliveryProvider,
        claims: Claims,
        devices: Devices,
        messages: Messages,
        pruner: Pruner,
        keyspace: Keyspace,
        connections: RedisConnections,
        line: Line,
        governor: Governor | null,
        metrics: Metrics,
        logs: LineLogs,
      ) => {
        const quotas = governor ?? NO_QUOTAS;
        const settings = config.notifier;
        const random = Math.random;
        const notifier = new Notifier({
          claims,
          devices,
          messages,
          pruner,
          provider,
          line,
          quotas,
          places: new Places(settings.concurrency),
          metrics,
          clock,
          random,
          log: logs.of('Notifier'),
          settings,
        });
        return new Consumer(
          claims,
          keyspace,
          connections,
          settings.concurrency,
          (claim, record) => notifier.notify(claim, record),
          [quotas, line],
          logger,
        );
      },
    },
    {
      provide: ROLES,
      inject: [
        CONFIG,
        CLOCK,
        Claims,
        Consumer,
        Upkeep,
        Workers,
        Metrics,
        Budget,
        Line,
        Pruner,
        Subscriber,
        GOVERNOR,
      ],
      useFactory: (
        config: ReadonlyConfig,
        clock: Clock,
        claims: Claims,
        consumer: Consumer,
        upkeep: Upkeep,
        workers: Workers,
        metrics: Metrics,
        budget: Budget,
        line: Line,
        pruner: Pruner,
        subscriber: Subscriber,
        governor: Governor | null,
      ) =>
        [
          new Promoter(upkeep, metrics),
          new Reclaimer(upkeep, claims.owner, metrics, logger),
          new Heartbeat(claims, workers, consumer, clock, config.queue.leaseMs),
          line,
          ...(governor ? [new QuotaWatch(governor)] : []),
          new Shedder(budget, metrics, logger),
          pruner,
          subscriber,
          new LossAlarm(claims.epochs, upkeep, metrics, logger),
          new Janitor(upkeep, workers, claims.owner, clock, metrics, logger),
        ].map((role) => new BackgroundRole(role, logger, metrics)),
    },
  ],
})
export class NotifierModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    @Inject(PROVIDER) private readonly provider: DeliveryProvider,
    @Inject(TOPIC_MANAGEMENT) private readonly topicManagement: TopicManagement,
    @Inject(ROLES) private readonly roles: readonly BackgroundRole[],
    private readonly claims: Claims,
    private readonly consumer: Consumer,
    private readonly upkeep: Upkeep,
    private readonly workers: Workers,
    private readonly pruner: Pruner,
    @Inject(GOVERNOR) private readonly governor: Governor | null,
  ) {}

  onApplicationBootstrap(): void {
    this.consumer.start();
    for (const role of this.roles) role.start();
  }

  /** The roles outlast the consumer, because leases must be renewed while the last messages go out. */
  async beforeApplicationShutdown(): Promise<void> {
    const left = await this.consumer.stop(this.config.shutdownTimeoutMs);
    await Promise.all(this.roles.map((role) => role.stop()));
    this.governor?.close();
    void this.topicManagement.close();
    if (left > 0) {
      logger.warn(`${left} events were still under way and will be sent again by another worker`);
      // It would wait for their answers, for which there is no time left.
      void this.provider.close();
    } else await this.provider.close();
    await this.sayGoodbye().catch((error: unknown) => logger.warn(`Could not sign off: ${String(error)}`));
  }

  private async sayGoodbye(): Promise<void> {
    await this.pruner.run();
    await this.upkeep.retire(this.claims.owner, 0);
    await this.workers.remove(this.claims.owner);
  }
}

/** Never used twice, so that what a dead worker was given is never taken for one's own. */
function ownName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

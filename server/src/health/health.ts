import { setTimeout as wait } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  HttpException,
  Inject,
  Injectable,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import type { HealthBody } from '../contract';
import { StartUp } from './checks/start-up';
import { DeliveryIndicator } from './delivery.indicator';
import { RedisIndicator } from './redis.indicator';

export type Health = HealthBody & HealthCheckResult;

/** What both processes answer when an orchestrator asks how they are. */
@Injectable()
export class HealthReport implements OnModuleDestroy, BeforeApplicationShutdown {
  private stopping = false;

  constructor(
    private readonly terminus: HealthCheckService,
    private readonly redis: RedisIndicator,
    private readonly delivery: DeliveryIndicator,
    private readonly startUp: StartUp,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
  ) {}

  get isStopping(): boolean {
    return this.stopping;
  }

  async health(): Promise<Health> {
    // Terminus throws its result when something is down; here it is an answer like the other.
    const checks = [() => this.redis.check(), () => this.delivery.check()];
    const result = await this.terminus.check(checks).catch(resultOf);
    const ok = result.status === 'ok';
    const timestamp = new Date(this.clock.now()).toISOString();
    return { ok, redis: ok ? 'up' : 'down', timestamp, uptime: Math.floor(process.uptime()), ...result };
  }

  /** Ready for traffic: healthy, everything looked at that must be right, and not on the way out. */
  async ready(): Promise<Health> {
    const health = await this.health();
    if (this.stopping) return { ...health, ok: false, status: 'shutting_down' };
    return this.startUp.passed ? health : { ...health, ok: false, status: 'error' };
  }

  live(): { ok: true } {
    return { ok: true };
  }

  /** The first thing that a stop does, before anything is drained. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Keeps the doors open until balancers have noticed. An orchestrator sends SIGTERM; nobody waits for a Ctrl-C. */
  async beforeApplicationShutdown(signal?: string): Promise<void> {
    if (signal === 'SIGTERM') await wait(this.config.shutdownDelayMs);
  }
}

function resultOf(error: unknown): HealthCheckResult {
  if (error instanceof HttpException) return error.getResponse() as HealthCheckResult;
  throw error;
}

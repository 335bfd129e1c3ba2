import { hostname } from 'node:os';
import type { Clock } from '../config/clock';
import type { Claims } from '../queue/claims';
import type { Workers } from '../queue/workers';
import type { Role } from './background-role';
import type { Consumer } from './consumer';

/** How often a worker is heard of at least, in ms. */
const BEAT_MS = 3000;

/** Renews the leases of what is under way, and tells that the worker lives. */
export class Heartbeat implements Role {
  readonly name = 'heartbeat';
  private readonly startedAt: string;

  constructor(
    private readonly claims: Claims,
    private readonly workers: Workers,
    private readonly consumer: Consumer,
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {
    this.startedAt = new Date(clock.now()).toISOString();
  }

  async run(): Promise<number> {
    const entries = this.consumer.entriesInFlight();
    await this.claims.renew(entries);
    await this.workers.signOfLife({
      name: this.claims.owner,
      host: hostname(),
      pid: process.pid,
      started_at: this.startedAt,
      seen_at: new Date(this.clock.now()).toISOString(),
      in_flight: entries.length,
    });
    return Math.min(BEAT_MS, this.leaseMs / 3);
  }
}

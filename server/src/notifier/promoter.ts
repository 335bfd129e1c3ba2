import type { Upkeep } from '../queue/upkeep';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

/** A retry that another worker schedules is noticed within this time, in ms; so none is later than that. */
const LOOK_EVERY_MS = 200;

/** Queues retries when they are due. */
export class Promoter implements Role {
  readonly name = 'promoter';

  constructor(
    private readonly upkeep: Upkeep,
    private readonly metrics: Metrics,
  ) {}

  async run(): Promise<number> {
    const { moved, nextInMs } = await this.upkeep.promote();
    if (moved > 0) this.metrics.upkeep.inc({ what: 'promoted' }, moved);
    return Math.min(nextInMs ?? LOOK_EVERY_MS, LOOK_EVERY_MS);
  }
}

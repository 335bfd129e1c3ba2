import type { Logger } from '@nestjs/common';
import type { Budget } from '../queue/budget';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

const LOOK_EVERY_MS = 1000;

/** Keeps Redis within its budget of memory by forgetting the oldest settled events before their time. */
export class Shedder implements Role {
  readonly name = 'shedder';
  private isShedding = false;

  constructor(
    private readonly budget: Budget,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    const shed = await this.budget.shed();
    this.metrics.upkeep.inc({ what: 'shed' }, shed);
    // Said when it begins, not each second while it goes on.
    if (shed > 0 && !this.isShedding)
      this.logger.warn(`Redis is nearly full: ${shed} settled events were forgotten before their retention`);
    this.isShedding = shed > 0;
    return LOOK_EVERY_MS;
  }
}

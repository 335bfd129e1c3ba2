import type { Logger } from '@nestjs/common';
import type { Upkeep } from '../queue/upkeep';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

/** A dead worker's events are taken over within one lease plus this time, in ms. */
const LOOK_EVERY_MS = 2000;

/** Takes over what dead workers left. */
export class Reclaimer implements Role {
  readonly name = 'reclaimer';

  constructor(
    private readonly upkeep: Upkeep,
    private readonly owner: string,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    const { taken, poison, lost } = await this.upkeep.reclaim(this.owner);
    if (taken > 0) this.logger.warn(`Took over ${taken} events of workers that went away`);
    if (poison > 0) this.logger.error(`Dead-lettered ${poison} events that workers died of again and again`);
    if (lost > 0)
      this.logger.error(`${lost} entries were deleted while pending: something trims or deletes the streams`);
    this.metrics.upkeep.inc({ what: 'reclaimed' }, taken);
    this.metrics.upkeep.inc({ what: 'poison' }, poison);
    this.metrics.upkeep.inc({ what: 'lost' }, lost);
    return LOOK_EVERY_MS;
  }
}

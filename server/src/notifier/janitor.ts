import type { Logger } from '@nestjs/common';
import type { Clock } from '../config/clock';
import type { Upkeep } from '../queue/upkeep';
import type { Workers } from '../queue/workers';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

const CLEAN_EVERY_MS = 30_000;

/** After how long without a sign of life a worker is forgotten, in ms. */
const SILENT_MS = 60_000;

/** Forgets what is past its retention, mends what was lost, and removes dead workers once they own nothing. */
export class Janitor implements Role {
  readonly name = 'janitor';

  constructor(
    private readonly upkeep: Upkeep,
    private readonly workers: Workers,
    private readonly owner: string,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly silentMs = SILENT_MS,
  ) {}

  async run(): Promise<number> {
    this.metrics.upkeep.inc({ what: 'purged' }, await this.upkeep.purge());
    reportMended(await this.upkeep.mend(), this.metrics, this.logger);
    await this.removeDeadWorkers();
    return CLEAN_EVERY_MS;
  }

  private async removeDeadWorkers(): Promise<void> {
    for (const name of await this.workers.silent(this.clock.now(), this.silentMs))
      await this.workers.remove(name);
    for (const consumer of await this.upkeep.consumers())
      if (consumer !== this.owner) await this.upkeep.retire(consumer, this.silentMs);
  }
}

export function reportMended(mended: number, metrics: Metrics, logger: Logger): void {
  if (mended > 0) logger.error(`Queued ${mended} events again whose stream entry or due time was lost`);
  metrics.upkeep.inc({ what: 'mended' }, mended);
}

import type { Logger } from '@nestjs/common';
import type { Epochs, Loss, LossKind } from '../queue/epochs';
import type { Upkeep } from '../queue/upkeep';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';
import { reportMended } from './janitor';

/** How much of a roll-back may go unnoticed, in ms of writes. */
const LOOK_EVERY_MS = 1000;

const SENTENCES: Record<LossKind, string> = {
  emptied: 'Redis has lost everything of the partitions',
  rolled_back: 'Redis has lost its latest changes (a failover, an older file) of the partitions',
  group: 'The stream or the consumer group was destroyed, and made again, of the partitions',
};

/** Says loudly, once, that Redis has lost data, makes what the queue cannot be without, and queues again what it can. */
export class LossAlarm implements Role {
  readonly name = 'loss alarm';
  private isMended = true;

  constructor(
    private readonly epochs: Epochs,
    private readonly upkeep: Upkeep,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    await this.epochs.watch().finally(() => this.tell(this.epochs.takeLosses()));
    if (!this.isMended) await this.mend();
    return LOOK_EVERY_MS;
  }

  /** The janitor would come to all of them in time, but not within seconds. Events on the move may slip by one look. */
  private async mend(): Promise<void> {
    const mended = await this.upkeep.mend(Infinity);
    reportMended(mended, this.metrics, this.logger);
    this.isMended = mended === 0;
  }

  private tell(losses: readonly Loss[]): void {
    for (const [kind, ofKind] of Map.groupBy(losses, (loss) => loss.kind)) {
      this.isMended = false;
      this.metrics.dataLosses.inc({ what: kind }, ofKind.length);
      const partitions = ofKind.map(({ partition }) => partition).join(' ');
      this.logger.error(`${SENTENCES[kind]} ${partitions}: accepted events may be lost or sent again`);
    }
  }
}

import { randomUUID } from 'node:crypto';
import type { DeliveryProvider, DeliveryResult, PushMessage } from './provider';
import { showTarget } from './show-target';

/** The part of a pino logger that is needed here. */
export interface DeliveryLogger {
  info(fields: object, message: string): void;
}

/** Sends nothing: logs what would have been sent, and calls it delivered. */
export class DryRunProvider implements DeliveryProvider {
  constructor(
    private readonly logger: DeliveryLogger,
    private readonly makeId: () => string = randomUUID,
  ) {}

  send({ target, notification, data }: PushMessage): Promise<DeliveryResult> {
    const messageName = `dry-run/${this.makeId()}`;
    this.logger.info(
      {
        event_id: data['event_id'],
        target: showTarget(target),
        title: notification.title,
        message_name: messageName,
      },
      'dry run: nothing left this machine',
    );
    return Promise.resolve({ outcome: 'delivered', messageName, dryRun: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

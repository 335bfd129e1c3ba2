import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import type { FcmVerdict } from '../contract';
import { whyNotAsked } from '../delivery/check-credentials';
import { createProvider } from '../delivery/create-provider';
import type { DeliveryProvider, DeliveryResult, PushMessage } from '../delivery/provider';
import { Problem } from '../http/problem';

/** Of a user with more devices only so many messages are checked; the others are the same but for their locale. */
const MOST_CHECKED = 100;

/** Has FCM check messages (`validate_only`); nothing is delivered. It connects when it is asked for the first time. */
@Injectable()
export class FcmCheck implements BeforeApplicationShutdown {
  private provider: DeliveryProvider | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Takes no longer than `FCM_TIMEOUT_MS`. Throws `invalid_payload` when FCM cannot be asked with these settings. */
  async ask(messages: readonly PushMessage[]): Promise<(FcmVerdict | null)[]> {
    const provider = (this.provider ??= this.connect());
    const results = await Promise.all(messages.slice(0, MOST_CHECKED).map((each) => provider.send(each)));
    return messages.map((_, index) => (results[index] ? verdictOf(results[index]) : null));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.provider?.close();
  }

  private connect(): DeliveryProvider {
    const { delivery } = this.config;
    const problem = whyNotAsked(delivery);
    if (problem !== undefined)
      throw new Problem('invalid_payload', {
        details: [{ field: 'validate', message: `FCM cannot be asked: ${problem}` }],
      });
    return createProvider({ ...delivery, mode: 'validate', connections: 1 }, { info: () => {} }, this.clock);
  }
}

function verdictOf(result: DeliveryResult): FcmVerdict {
  if (result.outcome === 'delivered') return { outcome: 'accepted', code: null, message: null };
  const { message } = result;
  if (result.outcome === 'unknown') return { outcome: 'unknown', code: null, message };
  // That FCM is away, or its quota used up, says nothing of the message.
  const isRefusal = !['server', 'throttled', 'credentials'].includes(result.cause);
  return { outcome: isRefusal ? 'refused' : 'unknown', code: result.code, message };
}

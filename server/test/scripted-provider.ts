import type {
  DeliveryProvider,
  DeliveryResult,
  FailureCause,
  PushMessage,
  Target,
} from '../src/delivery/provider';

export const DELIVERED: DeliveryResult = { outcome: 'delivered', messageName: 'projects/test/messages/1' };
export const UNKNOWN: DeliveryResult = { outcome: 'unknown', message: 'No answer within 10000 ms' };

const CODES: Record<FailureCause, string> = {
  message: 'INVALID_ARGUMENT',
  target_gone: 'UNREGISTERED',
  target_refused: 'SENDER_ID_MISMATCH',
  platform_credentials: 'THIRD_PARTY_AUTH_ERROR',
  throttled: 'QUOTA_EXCEEDED',
  credentials: 'UNAUTHENTICATED',
  server: 'UNAVAILABLE',
};

export function refused(cause: FailureCause, retryAfterMs?: number): DeliveryResult {
  const failure = {
    outcome: 'failed',
    cause,
    code: CODES[cause],
    message: `FCM says ${CODES[cause]}`,
  } as const;
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}

/** A delivery provider that answers as it is told to, by the address of the target; everything else is delivered. */
export class ScriptedProvider implements DeliveryProvider {
  /** Addresses in the order in which they were sent to. */
  readonly sentTo: string[] = [];
  readonly messages: PushMessage[] = [];
  inFlight = 0;
  mostInFlight = 0;
  isClosed = false;
  private readonly answers = new Map<string, DeliveryResult[]>();
  private gate: PromiseWithResolvers<void> | null = null;

  /** The next answers to one address, a token or a topic; the last one stays. */
  answer(address: string, ...results: DeliveryResult[]): void {
    this.answers.set(address, results);
  }

  /** Nothing that is sent from now on is answered before `release`. */
  hold(): void {
    this.gate ??= Promise.withResolvers();
  }

  release(): void {
    this.gate?.resolve();
    this.gate = null;
  }

  async send(message: PushMessage): Promise<DeliveryResult> {
    const address = addressOf(message.target);
    this.sentTo.push(address);
    this.messages.push(message);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    await this.gate?.promise;
    this.inFlight--;
    const script = this.answers.get(address) ?? [DELIVERED];
    return script.length > 1 ? script.shift()! : script[0]!;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

function addressOf(target: Target): string {
  if (target.kind === 'condition') return target.condition;
  return target.kind === 'topic' ? target.topic : target.token;
}

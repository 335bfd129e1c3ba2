import type { Logger } from '@nestjs/common';
import type { Clock } from '../config/clock';
import type { DeliveryResult, PushMessage } from '../delivery/provider';
import { showTarget } from '../delivery/show-target';
import type { DeviceTarget } from '../devices/devices';
import type { Pruning } from '../devices/pruning';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

/** How soon it is written down what was sent, and an operator knows that pruning was stopped, in ms. */
const TALLY_EVERY_MS = 1000;

/** A result that stays the same is noted so often, in ms, so that most messages cost no write. */
const SAME_RESULT_MS = 3_600_000;

type KnownDevice = DeviceTarget & { version: string };

/**
 * Teaches the registry of devices what FCM said of their tokens. What `classify` calls `target_gone`, FCM's own word that a
 * token is worth nothing any more, prunes it; nothing else does. As a role it counts with the other workers how many tokens
 * that would be, and raises the alarm when the breaker stops it.
 */
export class Pruner implements Role {
  readonly name = 'pruner';
  private isStopped = false;

  constructor(
    private readonly pruning: Pruning,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    const stoppedAtMs = await this.pruning.tally();
    this.tell(stoppedAtMs);
    return TALLY_EVERY_MS;
  }

  /** `devices` as they were when the send began. Does not reject: an event is settled whether or not its tokens could be pruned. */
  async learn(
    devices: readonly DeviceTarget[],
    sent: readonly { message: PushMessage; result: DeliveryResult }[],
  ): Promise<void> {
    if (devices.length === 0) return;
    const byToken = new Map(devices.map((device) => [device.token, device]));
    const learning = sent.map(async ({ message: { target }, result }) => {
      if (!('token' in target)) return;
      const device = byToken.get(target.token);
      this.pruning.sent();
      if (device && isRegistered(device)) await this.learnOf(device, result);
    });
    for (const outcome of await Promise.allSettled(learning))
      if (outcome.status === 'rejected')
        this.logger.warn(`What became of a device's message is not noted: ${String(outcome.reason)}`);
  }

  /** FCM said so when it was told which topics the device follows. */
  async learnGone(device: Pick<KnownDevice, 'token' | 'kind' | 'version'>, code: string): Promise<void> {
    this.pruning.sent();
    await this.prune(device, code);
  }

  private async learnOf(device: KnownDevice, result: DeliveryResult): Promise<void> {
    const code = codeOf(result);
    if (result.outcome === 'failed' && result.cause === 'target_gone') return this.prune(device, code);
    const isOld = this.clock.now() - device.resultAtMs >= SAME_RESULT_MS;
    if (code !== device.result || isOld)
      this.pruning.note(device.token, code, result.outcome === 'delivered');
  }

  private async prune(
    { token, kind, version }: Pick<KnownDevice, 'token' | 'kind' | 'version'>,
    code: string,
  ): Promise<void> {
    const answer = await this.pruning.prune(token, version, code);
    if (answer === 'missing') return;
    this.metrics.devices.inc({ what: answer });
    this.logger.log({ msg: answer, target: showTarget({ kind, token }), code });
  }

  private tell(stoppedAtMs: number | null): void {
    const isStopped = stoppedAtMs !== null;
    this.metrics.pruningStopped.set(isStopped ? 1 : 0);
    if (isStopped === this.isStopped) return;
    this.isStopped = isStopped;
    if (isStopped)
      this.logger.error(
        'No token is pruned any more: FCM calls suspiciously many of them gone. Is the Firebase project the right one?',
      );
    else this.logger.log('Tokens are pruned again: FCM calls no more of them gone than usual');
  }
}

function isRegistered(device: DeviceTarget): device is KnownDevice {
  return device.version !== null;
}

function codeOf(result: DeliveryResult): string {
  if (result.outcome === 'delivered') return result.dryRun ? 'dry_run' : 'delivered';
  return result.outcome === 'unknown' ? 'unknown' : result.code;
}

import type { Logger } from '@nestjs/common';
import type { Clock } from '../config/clock';
import type { DeliveryResult, FailureCause, PushMessage } from '../delivery/provider';
import { showTarget } from '../delivery/show-target';
import type { DeviceTarget } from '../devices/devices';
import type { Pruning, Stops } from '../devices/pruning';
import type { Messages } from '../messages/messages';
import { currentSubscriptions } from '../messages/subscriptions';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

/** How soon it is written down what was sent, and an operator knows that pruning was stopped, in ms. */
const TALLY_EVERY_MS = 1000;

/** A result that stays the same is noted so often, in ms, so that most messages cost no write. */
const SAME_RESULT_MS = 3_600_000;

type KnownDevice = DeviceTarget & { version: string };

/** What sets a token aside, and how; nothing else does. */
const SETS_ASIDE: Partial<Record<FailureCause, 'prune' | 'quarantine'>> = {
  target_gone: 'prune',
  target_refused: 'quarantine',
};

/** What is told when a breaker opens, and when it closes. */
const NEWS: Record<keyof Stops, { stopped: string; goesOn: string }> = {
  pruning: {
    stopped:
      'No token is pruned any more: FCM calls suspiciously many of them gone. Is the Firebase project the right one?',
    goesOn: 'Tokens are pruned again: FCM calls no more of them gone than usual',
  },
  quarantine: {
    stopped:
      "No token is quarantined any more: FCM calls suspiciously many of them another sender's. Is the service account the right one?",
    goesOn: "Tokens are quarantined again: FCM calls no more of them another sender's than usual",
  },
};

/**
 * Teaches the registry of devices what FCM said of their tokens. What `classify` calls `target_gone`, FCM's own word that a
 * token is worth nothing any more, prunes it; `target_refused`, that it is another sender's, quarantines it. As a role it counts
 * with the other workers how many tokens that would be, and raises the alarm when a breaker stops it.
 */
export class Pruner implements Role {
  readonly name = 'pruner';
  private readonly isStopped = { pruning: false, quarantine: false };

  constructor(
    private readonly pruning: Pruning,
    private readonly messages: Messages,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    const stops = await this.pruning.tally(await currentSubscriptions(this.messages));
    this.metrics.pruningStopped.set(stops.pruning === null ? 0 : 1);
    this.metrics.quarantineStopped.set(stops.quarantine === null ? 0 : 1);
    this.tell('pruning', stops.pruning !== null);
    this.tell('quarantine', stops.quarantine !== null);
    return TALLY_EVERY_MS;
  }

  /** `devices` as they were when the send began. Does not reject: an event is settled whether or not its tokens could be pruned. */
  async learn(
    devices: readonly DeviceTarget[],
    sent: readonly { message: PushMessage; result: DeliveryResult }[],
  ): Promise<void> {
    const learning: Promise<void>[] = [];
    for (const { message, result } of sent) {
      const { target } = message;
      if (!('token' in target)) continue;
      this.pruning.sent();
      const device = devices.find(({ token }) => token === target.token);
      if (result.outcome === 'failed' && result.cause === 'platform_credentials')
        this.metrics.platformRefusals.inc({ platform: device?.platform ?? 'unknown' });
      if (device && isRegistered(device)) learning.push(this.learnOf(device, result));
    }
    if (learning.length === 0) return;
    for (const outcome of await Promise.allSettled(learning))
      if (outcome.status === 'rejected')
        this.logger.warn(`What became of a device's message is not noted: ${String(outcome.reason)}`);
  }

  /** FCM said so when it was told which topics the device follows. */
  async learnGone(device: Pick<KnownDevice, 'token' | 'kind' | 'version'>, code: string): Promise<void> {
    this.pruning.sent();
    await this.setAside(device, 'prune', code);
  }

  private async learnOf(device: KnownDevice, result: DeliveryResult): Promise<void> {
    const code = codeOf(result);
    const aside = result.outcome === 'failed' ? SETS_ASIDE[result.cause] : undefined;
    if (aside) return this.setAside(device, aside, code);
    const isOld = this.clock.now() - device.resultAtMs >= SAME_RESULT_MS;
    if (code !== device.result || isOld)
      this.pruning.note(device.token, code, result.outcome === 'delivered');
  }

  private async setAside(
    { token, kind, version }: Pick<KnownDevice, 'token' | 'kind' | 'version'>,
    how: 'prune' | 'quarantine',
    code: string,
  ): Promise<void> {
    const answer = await this.pruning[how](token, version, code);
    if (answer === 'missing') return;
    this.metrics.devices.inc({ what: answer });
    this.logger.log({ msg: answer, target: showTarget({ kind, token }), code });
  }

  private tell(what: keyof Stops, isStopped: boolean): void {
    if (isStopped === this.isStopped[what]) return;
    this.isStopped[what] = isStopped;
    if (isStopped) this.logger.error(NEWS[what].stopped);
    else this.logger.log(NEWS[what].goesOn);
  }
}

function isRegistered(device: DeviceTarget): device is KnownDevice {
  return device.version !== null;
}

function codeOf(result: DeliveryResult): string {
  if (result.outcome === 'delivered') return result.dryRun ? 'dry_run' : 'delivered';
  return result.outcome === 'unknown' ? 'unknown' : result.code;
}

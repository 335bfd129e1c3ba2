import type { Clock } from '../config/clock';
import type { DeliveryProvider, DeliveryResult, PushMessage } from '../delivery/provider';
import { showTarget, targetKey } from '../delivery/show-target';
import type { Devices, DeviceTarget } from '../devices/devices';
import { splitRecordId } from '../events/keys';
import { writeAttempt } from '../events/record';
import { type Audience, audienceOf, compose, type Composition, type Recipient } from '../messages/compose';
import type { Messages } from '../messages/messages';
import type { AttemptReport, Claim, Claims, Failure } from '../queue/claims';
import type { LineLog } from '../telemetry/line-log';
import type { Governor } from '../quota/governor';
import type { Metrics } from '../telemetry/metrics';
import { type KnownTargets, readTargets, type TargetState, writeTargets } from './known-targets';
import type { Line } from './line';
import type { Pruner } from './pruner';
import { expiry, isCounted, type NextStep, nextStep, type RetrySettings, verdictOf } from './retry-policy';

/** One message on its way, and what became of it. */
interface Sent {
  message: PushMessage;
  key: string;
  result: DeliveryResult;
  /** The target, as people may see it. */
  target: string;
  startedMs: number;
  durationMs: number;
}

/** A message that was not sent, because its turn has not come. */
interface Held {
  key: string;
  heldMs: number;
}

export interface NotifierParts {
  claims: Claims;
  devices: Devices;
  messages: Messages;
  pruner: Pruner;
  provider: DeliveryProvider;
  line: Line;
  quotas: Pick<Governor, 'admit' | 'saw'>;
  metrics: Metrics;
  clock: Clock;
  random: () => number;
  log: LineLog;
  settings: RetrySettings;
}

/** Takes one claimed event to its next state: targets, messages, delivery, decision, record. */
export class Notifier {
  constructor(private readonly parts: NotifierParts) {}

  /**
   * Rejects only when Redis fails: before the attempt the event simply stays pending, after it `record` is tried again by
   * whoever passes it, because a message may have gone out.
   */
  async notify(claim: Claim, record: (write: () => Promise<string>) => Promise<string>): Promise<void> {
    const tooOld = expiry(claim.claimedMs - claim.freshMs, this.parts.settings);
    if (tooOld) return this.giveUp(claim, tooOld, record);

    const known = readTargets(claim.settledTargets);
    const { composed, devices } = await this.compose(claim, known);
    if (!composed.ok) return this.giveUp(claim, { code: composed.code, message: composed.problem }, record);

    const startedAt = this.parts.clock.now();
    const done = await Promise.all(composed.messages.map((message) => this.send(claim, message, startedAt)));
    const sent = done.filter((each) => 'result' in each);
    const held = done.filter((each) => 'heldMs' in each);
    for (const { key, result } of sent) known.set(key, stateAfter(result));
    for (const { key } of held) known.set(key, 'open');

    const step = nextStep(
      {
        results: sent.map(({ result }) => result),
        held: held.map(({ heldMs }) => heldMs),
        anyDelivered: [...known.values()].includes('delivered'),
        failures: claim.failures,
        ageMs: claim.claimedMs - claim.freshMs + this.parts.clock.now() - startedAt,
      },
      this.parts.settings,
      this.parts.random(),
    );
    const report = { lines: sent.map(lineOf), settledTargets: writeTargets(known) };
    await this.finish(claim, report, step, record);
    await this.parts.pruner.learn(devices, sent);
  }

  private async compose(
    claim: Claim,
    known: KnownTargets,
  ): Promise<{ composed: Composition; devices: readonly DeviceTarget[] }> {
    const entry = await this.parts.messages.look(claim.type);
    if (!entry) {
      const problem = `there is no message for events of type ${claim.type}`;
      return { composed: { ok: false, code: 'message', problem }, devices: [] };
    }
    const event = contentOf(claim);
    const found = audienceOf(entry.message, event);
    if (!found.ok) return { composed: found, devices: [] };
    const { audience } = found;
    const { devices, anyPruned } =
      audience.kind === 'user'
        ? await this.parts.devices.targetsOf(audience.userId)
        : { devices: [], anyPruned: false };
    const recipients = openRecipients(audience, devices, anyPruned, known);
    return { composed: compose(entry.message, event, recipients, this.parts.clock.now()), devices };
  }

  private async send(claim: Claim, message: PushMessage, startedAt: number): Promise<Sent | Held> {
    const { provider, line, quotas, clock, metrics, log } = this.parts;
    const key = targetKey(message.target);
    const turn = quotas.admit(message, key);
    const heldMs = typeof turn === 'number' ? turn : await turn;
    if (heldMs > 0) return { key, heldMs };
    const started = clock.now();
    const begun = performance.now();
    const result = await provider.send(message);
    line.saw(result, begun);
    quotas.saw(result, key, begun);
    const durationMs = clock.now() - started;
    const code = result.outcome === 'failed' ? result.code : '';
    metrics.attempts.inc({ outcome: result.outcome, code });
    metrics.attemptSeconds.observe(durationMs / 1000);
    const target = showTarget(message.target);
    const { recordId: event, round } = claim;
    log.info({ event, round, target, duration_ms: durationMs, ...result }, 'attempt');
    // Counted from the claim by Redis' clock, so that histories of several workers agree.
    return { message, key, result, target, startedMs: claim.claimedMs + started - startedAt, durationMs };
  }

  private giveUp(
    claim: Claim,
    failure: Failure,
    record: (write: () => Promise<string>) => Promise<string>,
  ): Promise<void> {
    const report = { lines: [], settledTargets: claim.settledTargets };
    return this.finish(claim, report, { step: 'bury', failure }, record);
  }

  private async finish(
    claim: Claim,
    report: AttemptReport,
    step: NextStep,
    record: (write: () => Promise<string>) => Promise<string>,
  ): Promise<void> {
    const answer = await record(() => this.write(claim, report, step));
    if (answer !== 'sent' && answer !== 'failed') return;
    const seconds = (claim.claimedMs - claim.freshMs) / 1000;
    this.parts.metrics.settledSeconds.observe({ status: answer }, seconds);
    // That it was sent is what the line of its last attempt says.
    if (step.step !== 'bury') return;
    const { code, message } = step.failure;
    this.parts.log.warn({ event: claim.recordId, code, message }, 'dead-lettered');
  }

  private write(claim: Claim, report: AttemptReport, step: NextStep): Promise<string> {
    const { claims } = this.parts;
    switch (step.step) {
      case 'complete':
        return claims.complete(claim, report);
      case 'retry':
        return claims.retry(claim, report, step.failure, step.delayMs, step.counted);
      case 'bury':
        return claims.bury(claim, report, step.failure);
    }
  }
}

function openRecipients(
  audience: Audience,
  devices: readonly DeviceTarget[],
  anyPruned: boolean,
  known: KnownTargets,
): Recipient[] {
  const isOpen = ({ target }: Recipient) => (known.get(targetKey(target)) ?? 'open') === 'open';
  if (audience.kind === 'target') return [{ target: audience.target }].filter(isOpen);
  if (devices.length > 0)
    return devices
      .map(({ kind, token, locale }): Recipient => ({ target: { kind, token }, locale }))
      .filter(isOpen);
  const { fallback } = audience;
  if (!fallback) return [];
  // Who had a target has lost it; a message for one is not for everybody.
  const hadTarget = anyPruned || [...known.keys()].some((key) => key !== targetKey(fallback));
  return hadTarget ? [] : [{ target: fallback }].filter(isOpen);
}

function stateAfter(result: DeliveryResult): TargetState {
  if (result.outcome === 'delivered') return 'delivered';
  return verdictOf(result) === 'settled' ? 'gone' : 'open';
}

function contentOf(claim: Claim) {
  const { source, eventId } = splitRecordId(claim.recordId);
  const payload = JSON.parse(claim.payload) as Record<string, unknown>;
  return { source, eventId, type: claim.type, round: claim.round, payload };
}

function lineOf({ target, result, startedMs, durationMs }: Sent): string {
  return writeAttempt({
    startedMs,
    durationMs,
    outcome: result.outcome,
    code: result.outcome === 'delivered' ? null : result.outcome === 'unknown' ? 'unknown' : result.code,
    message: result.outcome === 'delivered' ? result.messageName : result.message,
    target,
    counted: isCounted(result) || result.outcome === 'delivered',
    dryRun: result.outcome === 'delivered' && result.dryRun,
  });
}

import type { Clock } from '../config/clock';
import type { DeliveryProvider, DeliveryResult, PushMessage } from '../delivery/provider';
import { showTarget, targetKey } from '../delivery/show-target';
import type { Devices, DeviceTarget } from '../devices/devices';
import { splitRecordId } from '../events/keys';
import { writeAttempt } from '../events/record';
import { audienceOf, compose, type Composition, type Recipient } from '../messages/compose';
import type { Messages } from '../messages/messages';
import { recipientsOf } from '../messages/recipients';
import type { AttemptReport, Claim, Claims, Failure } from '../queue/claims';
import type { LineLog } from '../telemetry/line-log';
import type { Governor } from '../quota/governor';
import type { Metrics } from '../telemetry/metrics';
import {
  failuresOf,
  type KnownTargets,
  type Parked,
  readTargets,
  type TargetState,
  triedAnother,
  UNTRIED,
  writeTargets,
} from './known-targets';
import type { Line } from './line';
import type { Places } from './places';
import type { Pruner } from './pruner';
import { expiry, isCounted, type NextStep, nextStep, type RetrySettings, verdictOf } from './retry-policy';

/** One message on its way, and what became of it. */
interface Sent {
  message: PushMessage;
  /** The target's. */
  key: string;
  result: DeliveryResult;
  /** The target, as people may see it. */
  target: string;
  startedMs: number;
  durationMs: number;
}

/** A message that was not sent, because FCM's quotas let it go only later. */
interface Held {
  key: string;
  parked: Parked;
}

export interface NotifierParts {
  claims: Claims;
  devices: Devices;
  messages: Messages;
  pruner: Pruner;
  provider: DeliveryProvider;
  line: Line;
  quotas: Pick<Governor, 'admit' | 'saw'>;
  /** For messages under way, of all events together: one event may be for hundreds of devices. */
  places: Places;
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
   * Answers whether FCM was asked anything. Rejects only when Redis fails: before the attempt the event simply stays pending,
   * after it `record` is tried again by whoever passes it, because a message may have gone out.
   */
  async notify(claim: Claim, record: (write: () => Promise<string>) => Promise<string>): Promise<boolean> {
    const tooOld = expiry(claim.claimedMs - claim.freshMs, this.parts.settings);
    if (tooOld) return this.giveUp(claim, tooOld, record);

    const known = readTargets(claim.settledTargets, claim.failures);
    const { composed, devices, parked } = await this.compose(claim, known);
    if (!composed.ok) return this.giveUp(claim, { code: composed.code, message: composed.problem }, record);

    const startedAt = this.parts.clock.now();
    const tried = await Promise.all(composed.messages.map((message) => this.send(claim, message, startedAt)));
    const sent = tried.filter((each) => 'result' in each);
    const failures = sent.map(({ key }) => failuresOf(known, key));
    for (const [index, { key, result }] of sent.entries())
      known.set(key, stateAfter(result, failures[index]!));
    if (sent.length < tried.length) hold(known, tried, parked);

    const nowMs = claim.claimedMs + this.parts.clock.now() - startedAt;
    const step = nextStep(
      {
        results: sent.map(({ result }) => result),
        parked: parked.map(({ untilMs, code }) => ({ ms: Math.max(untilMs - nowMs, 0), code })),
        anyDelivered: [...known.values()].includes('delivered'),
        failures,
        ageMs: nowMs - claim.freshMs,
      },
      this.parts.settings,
      this.parts.random(),
    );
    if (step.step === 'retry') park(known, sent, step.parkedMs, nowMs);
    const report = { lines: sent.map(lineOf), settledTargets: writeTargets(known) };
    await this.finish(claim, report, step, record);
    await this.parts.pruner.learn(devices, sent);
    return sent.length > 0;
  }

  private async compose(
    claim: Claim,
    known: KnownTargets,
  ): Promise<{ composed: Composition; devices: readonly DeviceTarget[]; parked: Parked[] }> {
    const entry = await this.parts.messages.look(claim.type);
    if (!entry) {
      const problem = `there is no message for events of type ${claim.type}`;
      return { composed: { ok: false, code: 'message', problem }, devices: [], parked: [] };
    }
    const event = contentOf(claim);
    const found = audienceOf(entry.message, event);
    if (!found.ok) return { composed: found, devices: [], parked: [] };
    const { audience } = found;
    const { devices, anyPruned } =
      audience.kind === 'user'
        ? await this.parts.devices.targetsOf(audience.userId)
        : { devices: [], anyPruned: false };
    const fallback = audience.kind === 'user' ? audience.fallback : undefined;
    const isFirst = known.size === 0;
    const hadTarget = anyPruned || (!isFirst && triedAnother(known, fallback && targetKey(fallback)));
    const parked: Parked[] = [];
    const everybody = recipientsOf(audience, devices, hadTarget);
    const isOpen = ({ target }: Recipient) => {
      const state = known.get(targetKey(target)) ?? UNTRIED;
      if (typeof state === 'string') return false;
      const mustWait = state.parked !== undefined && state.parked.untilMs > claim.claimedMs;
      if (mustWait) parked.push(state.parked!);
      return !mustWait;
    };
    const recipients = isFirst ? everybody : everybody.filter(isOpen);
    const composed = compose(entry.message, event, recipients, this.parts.clock.now());
    return { composed, devices, parked };
  }

  private async send(claim: Claim, message: PushMessage, startedAt: number): Promise<Sent | Held> {
    const { provider, line, quotas, places, clock, metrics, log } = this.parts;
    const key = targetKey(message.target);
    const admitted = quotas.admit(message, key);
    const heldMs = typeof admitted === 'number' ? admitted : await admitted;
    if (heldMs > 0) {
      const untilMs = Math.ceil(claim.claimedMs + clock.now() - startedAt + heldMs);
      return { key, parked: { untilMs, code: 'quota' } };
    }
    const turn = places.take();
    if (turn) await turn;
    const started = clock.now();
    const begun = performance.now();
    let result: DeliveryResult;
    try {
      result = await provider.send(message);
    } finally {
      places.giveBack();
    }
    line.saw(result, begun);
    quotas.saw(result, key, begun);
    const durationMs = clock.now() - started;
    const code = result.outcome === 'failed' ? result.code : '';
    metrics.attempts.inc({ outcome: result.outcome, code });
    if (result.outcome === 'failed' && result.cause === 'message')
      metrics.wrongMessages.inc({ event_type: claim.type });
    metrics.attemptSeconds.observe(durationMs / 1000);
    const target = showTarget(message.target);
    const { recordId: event, round } = claim;
    log.info({ event, round, target, duration_ms: durationMs, ...result }, 'attempt');
    // Counted from the claim by Redis' clock, so that histories of several workers agree.
    return { message, key, result, target, startedMs: claim.claimedMs + started - startedAt, durationMs };
  }

  private async giveUp(
    claim: Claim,
    failure: Failure,
    record: (write: () => Promise<string>) => Promise<string>,
  ): Promise<false> {
    const report = { lines: [], settledTargets: claim.settledTargets };
    await this.finish(claim, report, { step: 'bury', failure }, record);
    return false;
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
        return claims.retry(claim, report, step.failure, step.delayMs, step.counted, step.failed);
      case 'bury':
        return claims.bury(claim, report, step.failure);
    }
  }
}

function stateAfter(result: DeliveryResult, failures: number): TargetState {
  if (result.outcome === 'delivered') return 'delivered';
  return verdictOf(result) === 'settled' ? 'gone' : { failures: failures + Number(isCounted(result)) };
}

/** Puts down which targets have to wait for FCM's quotas: nothing was tried, and nothing failed. */
function hold(known: Map<string, TargetState>, tried: readonly (Sent | Held)[], parked: Parked[]): void {
  for (const each of tried)
    if ('parked' in each) {
      known.set(each.key, { failures: failuresOf(known, each.key), parked: each.parked });
      parked.push(each.parked);
    }
}

/** Puts down which targets are left alone for longer than their event. */
function park(
  known: Map<string, TargetState>,
  sent: readonly Sent[],
  parkedMs: readonly (number | null)[],
  nowMs: number,
): void {
  for (const [index, { key, result }] of sent.entries()) {
    const ms = parkedMs[index] ?? null;
    if (ms === null) continue;
    const parked = { untilMs: Math.ceil(nowMs + ms), code: codeOf(result) ?? '' };
    known.set(key, { failures: failuresOf(known, key), parked });
  }
}

function codeOf(result: DeliveryResult): string | null {
  if (result.outcome === 'delivered') return null;
  return result.outcome === 'unknown' ? 'unknown' : result.code;
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
    code: codeOf(result),
    message: result.outcome === 'delivered' ? result.messageName : result.message,
    target,
    counted: isCounted(result) || result.outcome === 'delivered',
    dryRun: result.outcome === 'delivered' && result.dryRun,
  });
}

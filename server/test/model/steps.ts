import * as fc from 'fast-check';
import type { AttemptOutcome } from '../../src/contract';
import { splitRecordId } from '../../src/events/keys';
import { writeAttempt } from '../../src/events/record';
import type { AttemptReport, Claim, Entry } from '../../src/queue/claims';
import { newEvent } from '../builders';
import type { Fate } from './manual-redis';
import { iso, type ModelClaim, type ModelEntry, type Outcome } from './queue-model';
import { same, type World } from './world';
import { IDS } from './view';

/** In ms; so much that what Redis measures by its own clock meanwhile (idle times, expiry) makes no difference. */
const UNIT = 600_000;

export interface Step<A extends unknown[]> {
  /** How often it happens, compared with the others. */
  weight: number;
  args: fc.Arbitrary<A>;
  run(world: World, ...args: A): Promise<unknown>;
  can(world: World): boolean;
}

function step<A extends unknown[]>(
  weight: number,
  args: { [K in keyof A]: fc.Arbitrary<A[K]> },
  run: Step<A>['run'],
  can: Step<A>['can'] = () => true,
): Step<A> {
  return { weight, args: fc.tuple<unknown[]>(...args) as fc.Arbitrary<A>, run, can };
}

const id = fc.constantFrom(...IDS);
const worker = fc.nat(2);
/** Counted from the newest: what was handed out last is what somebody most likely works on. */
const place = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(15) });
const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Fate>('answered') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('answer lost', 'late') },
);
const targets = fc.subarray(['+a', '-b', '?c']);
const code = fc.constantFrom('UNAVAILABLE', 'unknown');
const delay = fc.constantFrom(0, 1, UNIT, 4 * UNIT, 10 * UNIT);
const units = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5, max: 25 }) },
  { weight: 2, arbitrary: fc.integer({ min: -6, max: -1 }) },
);
const hasEntries = ({ entries }: World) => entries.length > 0;
const hasClaims = ({ claims }: World) => claims.length > 0;

/** Everything that can happen to the queue. */
export const STEPS = {
  takeIn: step(8, [id, fc.nat(1), fate], (world, id, body, fate) => {
    const payload = JSON.stringify({ body });
    return world.both(
      fate,
      () => world.model.enqueue(id, payload),
      () => world.real.queue.enqueue(newEvent({ ...splitRecordId(id), payload })),
    );
  }),

  read: step(
    9,
    [worker, fc.integer({ min: 1, max: 3 }), fc.nat(9)],
    async (world, worker, count, luck) => {
      const owner = world.owners[worker]!;
      const model = world.model.read(owner, count);
      const real = await world.real.read(owner, count);
      same(real.map(idOf), model.map(idOf));
      // Else the answer is lost.
      if (luck > 0) world.give(owner, model, real);
    },
    // One that finds nothing would wait for 2 s.
    ({ model }) => model.unread().length > 0,
  ),

  recover: step(1, [worker], async (world, worker) => {
    const owner = world.owners[worker]!;
    const model = world.model.recover(owner);
    const real = await world.real.pending(owner);
    same(real.map(idOf), model.map(idOf));
    world.give(owner, model, real);
  }),

  /** By whoever read it, or by another worker. */
  begin: step(
    12,
    [place, fc.option(worker, { freq: 9 }), fate],
    async (world, place, other, fate) => {
      const { model, real, owner: reader } = newest(world.entries, place);
      const owner = other === null ? reader : world.owners[other]!;
      const answers = await world.both(
        fate,
        () => world.model.begin(model, owner),
        () => world.real.worker(owner).begin(real),
        said,
      );
      if (answers?.model && answers.real)
        world.claims.push({ owner, model: answers.model, real: answers.real });
    },
    hasEntries,
  ),

  complete: step(
    4,
    [place, targets, fate],
    (world, place, done, fate) => {
      const { owner, model, real } = newest(world.claims, place);
      const [outcome, report] = attempt(model, 'delivered', null, done);
      return world.both(
        fate,
        () => world.model.complete(model, outcome),
        () => world.real.worker(owner).complete(real, report),
      );
    },
    hasClaims,
  ),

  retry: step(
    5,
    [place, targets, code, delay, fc.boolean(), fate],
    (world, place, done, code, delayMs, counted, fate) => {
      const { owner, model, real } = newest(world.claims, place);
      const [outcome, report] = attempt(model, 'failed', code, done, counted);
      return world.both(
        fate,
        () => world.model.retry(model, outcome, delayMs, counted),
        () => world.real.worker(owner).retry(real, report, { code, message: '' }, delayMs, counted),
      );
    },
    hasClaims,
  ),

  bury: step(
    3,
    [place, targets, code, fc.boolean(), fate],
    (world, place, done, code, isTried, fate) => {
      const { owner, model, real } = newest(world.claims, place);
      const [outcome, report] = attempt(model, 'failed', code, done);
      if (!isTried) Object.assign(outcome, { line: null });
      const lines = isTried ? report.lines : [];
      return world.both(
        fate,
        () => world.model.bury(model, outcome),
        () => world.real.worker(owner).bury(real, { ...report, lines }, { code, message: '' }),
      );
    },
    hasClaims,
  ),

  /** One that is late is no other than one that comes later. */
  replay: step(4, [id, fc.constantFrom<Fate>('answered', 'answer lost')], (world, id, fate) => {
    const { source, eventId } = splitRecordId(id);
    return world.both(
      // What is not there may be found missing without a script.
      world.model.events.has(id) ? fate : 'answered',
      () => world.model.replay(id),
      () => world.real.queue.replay(source, eventId),
    );
  }),

  /** A sign of life for everything it ever read. */
  renew: step(2, [worker], async (world, worker) => {
    const owner = world.owners[worker]!;
    const held = world.entries.filter((entry) => entry.owner === owner);
    world.model.renew(
      held.map(({ model }) => model),
      owner,
    );
    await world.real.worker(owner).renew(held.map(({ real }) => real));
  }),

  /** What it held stays behind, and what it has said may still arrive. */
  crash: step(3, [worker], async (world, worker) => world.kill(worker)),

  promote: step(5, [fate], (world, fate) =>
    world.both(
      fate,
      () => world.model.promote(),
      () => world.real.upkeep.promote(),
    ),
  ),

  reclaim: step(5, [worker, fate], (world, worker, fate) =>
    world.both(
      fate,
      () => world.model.reclaim(),
      () => world.real.upkeep.reclaim(world.owners[worker]!),
    ),
  ),

  purge: step(2, [], (world) =>
    world.both(
      'answered',
      () => world.model.purge(),
      () => world.real.upkeep.purge(),
    ),
  ),

  mend: step(2, [], (world) =>
    world.both(
      'answered',
      () => world.model.mend(),
      () => world.real.upkeep.mend(),
    ),
  ),

  /** Only whoever owns nothing goes. */
  retire: step(2, [worker, fc.boolean()], async (world, worker, isAnyIdleTime) => {
    const owner = world.owners[worker]!;
    const before = await world.real.upkeep.consumers();
    await world.real.upkeep.retire(owner, isAnyIdleTime ? 0 : UNIT);
    const isBusy = !isAnyIdleTime || world.model.pending.some((each) => each.owner === owner);
    if (!isBusy) before.delete(owner);
    same(await world.real.upkeep.consumers(), before);
  }),

  /** The clock goes on or back. */
  jump: step(7, [units, fc.nat(1)], async (world, units, moreMs) => {
    const ms = units * UNIT + moreMs;
    world.model.jump(ms);
    await world.real.jump(ms);
  }),

  arrive: step(
    5,
    [place],
    (world, place) => world.arrive(place),
    (world) => world.isAnyLate(),
  ),

  loseEntry: step(
    1,
    [place],
    async ({ model, real }, place) => {
      const at = place % model.stream.length;
      await real.loseEntry(at);
      model.loseEntry(model.stream[at]!.serial);
    },
    ({ model }) => model.stream.length > 0,
  ),

  /** As after a failover to a replica that had not heard of an acknowledgement. */
  strayEntry: step(1, [id], async ({ model, real }, id) => {
    model.add(id);
    await real.strayEntry(id);
  }),

  loseDue: step(1, [id], async ({ model, real }, id) => {
    model.due.delete(id);
    await real.loseDue(id);
  }),

  loseGroup: step(1, [], async ({ model, real }) => {
    model.loseGroup();
    await real.loseGroup();
  }),
};

function newest<T>(all: readonly T[], place: number): T {
  return all.at(-1 - (place % all.length))!;
}

function idOf(entry: ModelEntry | Entry): string {
  return 'id' in entry ? entry.id : entry.recordId;
}

/** What a claim says, whoever gave it; how generations are counted is the queue's own business. */
function said(claim: Claim | ModelClaim | null) {
  if (!claim) return null;
  const { owner, round, failures, freshMs, claimedMs, payload, settledTargets } = claim;
  return { owner, round, failures, freshMs, claimedMs, payload, settledTargets };
}

/** One attempt, as it is told to the model and to the queue. */
function attempt(
  { claimedMs }: ModelClaim,
  outcome: AttemptOutcome,
  error: string | null,
  settledTargets: readonly string[],
  counted = true,
): [Outcome, AttemptReport] {
  const common = { outcome, code: error, message: '', target: 'topic orders', counted };
  const line = { kind: 'attempt', started_at: iso(claimedMs), duration_ms: 7, ...common } as const;
  const report = {
    lines: [writeAttempt({ startedMs: claimedMs, durationMs: 7, ...common })],
    settledTargets,
  };
  return [{ line, error, settledTargets }, report];
}

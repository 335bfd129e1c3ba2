/** The plan of a run: which faults, how many of each, in which order. Pure; the same seed gives the same plan. */
import { between, pick, type Random, seededRandom, shuffled } from './random.ts';

export const APIS = ['api-1', 'api-2'] as const;
export const WORKERS = ['worker-1', 'worker-2'] as const;
export type ServerName = (typeof APIS | typeof WORKERS)[number];

export type Fault =
  /** SIGKILL, then started again. */
  | { do: 'kill'; victim: ServerName | 'redis' }
  /** SIGTERM, then started again. */
  | { do: 'restart'; victim: ServerName }
  /** SIGSTOP, and SIGCONT after so many ms. */
  | { do: 'freeze'; victim: ServerName | 'redis' | 'fcm'; forMs: number }
  /** Redis executes commands, but many of its replies are cut off together with their connections. */
  | { do: 'cut'; forMs: number }
  /** SIGKILL to every process but the FCM simulator at the same moment, then all started again. */
  | { do: 'kill everything' };

/** Faults that happen at the same time. The next step begins when all of them are over. */
export interface Step {
  name: StepName;
  /** Ms to let the load run before. */
  afterMs: number;
  faults: Fault[];
}

export type Form = 'short' | 'full';

/** What the full form promises. */
export const LEAST_KILLS = { worker: 200, api: 200, redis: 50 } as const;

/** Longer than a lease, or not; another worker may have taken over in between, or not. */
const FREEZE_SERVER_MS = [300, 9000] as const;
/** Shorter than a lease: signs of life are late, but nobody may be thought dead. */
const FREEZE_REDIS_MS = [200, 1500] as const;
const FREEZE_FCM_MS = [300, 2500] as const;
const CUT_MS = [300, 1000] as const;

interface Row {
  /** How many trials each form makes. */
  short: number;
  full: number;
  faults(random: Random): Fault[];
}

const api = (random: Random) => pick(random, APIS);
const worker = (random: Random) => pick(random, WORKERS);
const cut = (random: Random): Fault => ({ do: 'cut', forMs: between(random, ...CUT_MS) });

const STEPS = {
  'worker killed': { short: 1, full: 4, faults: (r) => [{ do: 'kill', victim: worker(r) }] },
  'api killed': { short: 1, full: 4, faults: (r) => [{ do: 'kill', victim: api(r) }] },
  'api and worker killed': {
    short: 2,
    full: 8,
    faults: (r) => [
      { do: 'kill', victim: api(r) },
      { do: 'kill', victim: worker(r) },
    ],
  },
  'worker killed while replies are cut': {
    short: 1,
    full: 4,
    faults: (r) => [{ do: 'kill', victim: worker(r) }, cut(r)],
  },
  'api killed while replies are cut': {
    short: 1,
    full: 4,
    faults: (r) => [{ do: 'kill', victim: api(r) }, cut(r)],
  },
  'replies cut': { short: 2, full: 12, faults: (r) => [cut(r)] },
  'worker frozen': {
    short: 2,
    full: 8,
    faults: (r) => [{ do: 'freeze', victim: worker(r), forMs: between(r, ...FREEZE_SERVER_MS) }],
  },
  'api frozen': {
    short: 1,
    full: 5,
    faults: (r) => [{ do: 'freeze', victim: api(r), forMs: between(r, ...FREEZE_SERVER_MS) }],
  },
  'Redis frozen': {
    short: 1,
    full: 6,
    faults: (r) => [{ do: 'freeze', victim: 'redis', forMs: between(r, ...FREEZE_REDIS_MS) }],
  },
  'FCM frozen': {
    short: 1,
    full: 5,
    faults: (r) => [{ do: 'freeze', victim: 'fcm', forMs: between(r, ...FREEZE_FCM_MS) }],
  },
  'worker restarted': { short: 1, full: 5, faults: (r) => [{ do: 'restart', victim: worker(r) }] },
  'api restarted': { short: 1, full: 5, faults: (r) => [{ do: 'restart', victim: api(r) }] },
  'Redis killed': { short: 2, full: 8, faults: () => [{ do: 'kill', victim: 'redis' }] },
  'all apis and workers killed': {
    short: 1,
    full: 46,
    faults: () => [...APIS, ...WORKERS].map((victim) => ({ do: 'kill', victim })),
  },
  'everything killed at once': { short: 2, full: 46, faults: () => [{ do: 'kill everything' }] },
} satisfies Record<string, Row>;

export type StepName = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as StepName[];

/** Every trial of the form once, in an order the seed decides. */
export function plan(seed: number, form: Form): Step[] {
  const random = seededRandom(seed);
  const names = STEP_NAMES.flatMap((name) => Array<StepName>(STEPS[name][form]).fill(name));
  return shuffled(random, names).map((name) => {
    const { faults }: Row = STEPS[name];
    return { name, afterMs: between(random, 0, 700), faults: faults(random) };
  });
}

export type Kills = Record<keyof typeof LEAST_KILLS, number>;

export function killsOf(steps: readonly Step[]): Kills {
  const kills: Kills = { worker: 0, api: 0, redis: 0 };
  for (const fault of steps.flatMap(({ faults }) => faults)) {
    if (fault.do === 'kill everything') {
      kills.worker += WORKERS.length;
      kills.api += APIS.length;
      kills.redis++;
    } else if (fault.do === 'kill') kills[kindOf(fault.victim)]++;
  }
  return kills;
}

function kindOf(victim: ServerName | 'redis'): keyof Kills {
  return victim === 'redis' ? 'redis' : victim.startsWith('api') ? 'api' : 'worker';
}

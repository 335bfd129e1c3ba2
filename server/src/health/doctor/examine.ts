import { systemClock } from '../../config/clock';
import type { ReadonlyConfig } from '../../config/config';
import type { Diagnosis } from '../../config/diagnosis';
import { EVENT_STATUSES } from '../../contract';
import { checkCredentials } from '../../delivery/check-credentials';
import { Keyspace } from '../../events/keys';
import { auditBooks } from '../../queue/audit';
import { LineState, pauseOf } from '../../queue/line-state';
import { QuotaState } from '../../quota/quota-state';
import { MISTAKES, sentenceOf } from '../../queue/mistakes';
import { Store } from '../../queue/store';
import { Workers } from '../../queue/workers';
import { type RedisClient, RedisConnections } from '../../redis/connections';
import { fail, type Finding, ok, warn } from '../checks/check';
import { readServerFacts } from '../checks/server-facts';
import { START_UP_CHECKS } from '../checks/start-up-checks';
import { meetRedis } from './meet-redis';
import { messages } from './messages';

/** What the doctor found at one place. */
export interface Row extends Finding {
  name: string;
}

/** Variables without which Redis is not the one that api and worker would use. */
const LEADS_TO_REDIS = ['REDIS_URL', 'REDIS_PREFIX', 'PARTITIONS'];

/** Looks at everything, one row after the other, and changes nothing. Never rejects because of what it finds. */
export async function* examine({ problems, config }: Diagnosis): AsyncGenerator<Row> {
  for (const [name, problem] of problems) yield { name: 'Configuration', ...fail(`${name} ${problem}`) };
  if (problems.size === 0) yield { name: 'Configuration', ...ok(sayConfiguration(config)) };
  yield { name: 'Firebase', ...(await firebase(config, problems)) };

  if (LEADS_TO_REDIS.some((name) => problems.has(name)))
    yield { name: 'Redis', ...warn('Not looked at, because it is not known which it is.') };
  else yield* examineRedis(config);
}

async function* examineRedis(config: ReadonlyConfig): AsyncGenerator<Row> {
  let trouble: Error | undefined;
  const connections = new RedisConnections(config.redis, (error) => (trouble = error));
  try {
    const redis = connections.forCommands();
    const met = await meetRedis(redis, config.redis.url, () => trouble);
    yield { name: 'Redis', ...met };
    if (met.verdict === 'ok') yield* examineServers(redis, config);
  } finally {
    connections.closeAll();
  }
}

async function* examineServers(redis: RedisClient, config: ReadonlyConfig): AsyncGenerator<Row> {
  try {
    const servers = await readServerFacts(redis, systemClock);
    const findings = START_UP_CHECKS.map((check) => ({
      name: check.name,
      ...check.look({ servers, config }),
    }));
    yield* findings;
    const keyspace = new Keyspace(config.redis.prefix, config.redis.partitions);
    const objection = await new Store(redis, keyspace).objection();
    if (objection) {
      yield { name: 'Partitions', ...fail(objection.message, objection.mend) };
      return;
    }
    yield { name: 'Partitions', ...ok(`${config.redis.partitions}; the same for every process`) };
    yield { name: 'Workers', ...(await workers(redis, keyspace)) };
    yield { name: 'Delivery', ...(await delivery(redis, keyspace)) };
    for (const finding of await messages(redis, config)) yield { name: 'Messages', ...finding };
    yield { name: 'Quotas', ...(await quotas(redis, config)) };
    // Scripts of ours do not run on an older one.
    if (findings.some(({ name, refuses }) => name === 'Version' && refuses)) return;
    for (const finding of await books(redis, keyspace)) yield { name: 'Books', ...finding };
  } catch (error) {
    // It went away, or refuses what Herald must be able to do.
    yield {
      name: 'Redis',
      ...fail(`Redis could not be asked further: ${error instanceof Error ? error.message : String(error)}`),
    };
  }
}

function sayConfiguration({ production, redis }: ReadonlyConfig): string {
  return `${production ? 'production' : 'development'}, keys begin with "${redis.prefix}"`;
}

async function firebase(config: ReadonlyConfig, problems: ReadonlyMap<string, string>): Promise<Finding> {
  const wrong = [...problems.keys()].filter((name) => /^(FIREBASE|FCM|GOOGLE)_/.test(name));
  if (wrong.length > 0) return warn(`Not looked at, because of ${wrong.join(', ')}.`);
  const check = await checkCredentials(config.delivery);
  if (!check.ok) return fail(check.problem, check.mend);
  const pretends = config.delivery.mode === 'dry_run' && config.production;
  return pretends ? warn(`${check.says}.`, 'Set FCM_DRY_RUN to false to ring phones.') : ok(check.says);
}

async function workers(redis: RedisClient, keyspace: Keyspace): Promise<Finding> {
  const alive = await new Workers(redis, keyspace).list(systemClock.now());
  if (alive.length === 0)
    return warn(
      'No worker has given a sign of life for 15 s: events are taken in, but not sent.',
      'npm run worker',
    );
  const inFlight = alive.reduce((sum, { in_flight }) => sum + in_flight, 0);
  return ok(`${alive.length}, with ${inFlight} events in flight`);
}

async function delivery(redis: RedisClient, keyspace: Keyspace): Promise<Finding> {
  const stop = await new LineState(redis, keyspace).read();
  if (!stop) return ok('messages are sent');
  const { code, message, since } = pauseOf(stop);
  return fail(
    `Paused since ${since}, because FCM refuses our project or its key: ${code}: ${message}`,
    'Mend FIREBASE_PROJECT_ID or the service account; deliveries then go on within a minute, and nothing is lost.',
  );
}

async function quotas(redis: RedisClient, { redis: { prefix }, quotas }: ReadonlyConfig): Promise<Finding> {
  if (!quotas.on) return warn('FCM’s quotas are not kept.', 'Set FCM_QUOTAS to on.');
  const throttled = await new QuotaState(redis, prefix).throttle();
  if (!throttled) return ok(`${quotas.perMinute} messages a minute, kept by all workers together`);
  const { since, until, per_minute } = throttled;
  return until
    ? warn(`FCM said that its quota is exceeded: deliveries wait until ${until}, then go on more slowly.`)
    : warn(`Messages wait for FCM’s quota since ${since}: ${per_minute} a minute are let through.`);
}

async function books(redis: RedisClient, keyspace: Keyspace): Promise<Finding[]> {
  const { mistakes, counts, takenIn, gone } = await auditBooks(redis, keyspace);
  if (mistakes.length > 0)
    return mistakes.map((mistake) => fail(`${sentenceOf(mistake)}.`, MISTAKES[mistake.kind].mend));
  const parts = EVENT_STATUSES.map((status) => `${counts[status]} ${status}`);
  return [ok(`balanced: ${takenIn} taken in = ${parts.join(' + ')} + ${gone} purged`)];
}

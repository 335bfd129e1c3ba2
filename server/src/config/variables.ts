import type { OptionalValidatorSpec, RequiredValidatorSpec } from 'envalid';
import {
  flag,
  fraction,
  httpUrl,
  integer,
  milliseconds,
  oneOf,
  pem,
  proxies,
  proxyUrl,
  redisUrl,
  secret,
  secrets,
  text,
} from './parsers';

const LEAST_WEBHOOK_SECRET = 16;
const LEAST_ADMIN_TOKEN = 24;

/**
 * Every environment variable Herald reads, in the order of the README's table, which a test compares with this one.
 * A variable without a default must be set, unless `default: undefined` says that it may be missing.
 */
export const VARIABLES = {
  NODE_ENV: oneOf(
    'development',
    'production',
    'test',
  )({
    default: 'development',
    desc: '`production` insists on an `ADMIN_TOKEN`',
  }),
  PORT: integer(0, 65535)({ default: 3000, desc: "the api's port; 0 takes a free one" }),
  HOST: text({ default: '0.0.0.0', desc: 'the address both processes listen on' }),
  WORKER_PORT: integer(0, 65535)({ default: 3001, desc: "the worker's probe port (health and metrics)" }),
  REDIS_URL: redisUrl({
    default: 'redis://localhost:6379',
    desc: '`redis://`, `rediss://`; several with commas mean Redis Cluster; `sentinel://host:port,host:port/master-name` means Sentinel',
  }),
  REDIS_PREFIX: text({ default: 'herald', desc: 'first part of every key' }),
  PARTITIONS: integer(
    1,
    256,
  )({
    default: 8,
    desc: 'number of independent streams; fixed once events exist',
  }),
  DURABILITY: oneOf(
    'local',
    'replica',
  )({
    default: 'local',
    desc: '`local`: a webhook is answered when Redis has executed it; `replica`: when one replica has it too, else 503',
  }),
  WEBHOOK_SECRET: secrets(LEAST_WEBHOOK_SECRET)({
    desc: `secret of the default source, at least ${LEAST_WEBHOOK_SECRET} characters; several, with commas, during a rotation`,
  }),
  WEBHOOK_TOLERANCE_S: integer(
    1,
    86_400,
  )({
    default: 300,
    desc: 'how far a timestamp may be off, in both directions',
  }),
  WEBHOOK_MAX_BODY: integer(1, 26_214_400)({ default: 1_048_576, desc: 'bytes of a webhook body' }),
  DEDUPE_TTL_S: integer(
    1,
    31_536_000,
  )({
    default: 86_400,
    desc: 'how long an `event_id` is remembered at least; also as long as its event is kept',
  }),
  RATE_LIMIT: integer(
    0,
    1_000_000,
  )({
    default: 10,
    desc: 'webhook requests per client address in any window, all processes together; 0 switches it off',
  }),
  RATE_LIMIT_WINDOW_S: integer(1, 3600)({ default: 10, desc: 'length of that window' }),
  TRUST_PROXY: proxies({
    default: undefined,
    desc: 'addresses or count of proxies whose `X-Forwarded-For` is believed',
  }),
  RETRY_DELAYS_MS: milliseconds({
    default: [1000, 4000, 10_000],
    desc: 'one entry per retry; when the last one has failed the event is dead-lettered',
  }),
  RETRY_JITTER: fraction({ default: 0, desc: '0 to 1, share of each delay that is random' }),
  MAX_AGE_S: integer(
    1,
    2_592_000,
  )({
    default: 3600,
    desc: 'an event that could not be settled by then is dead-lettered as `expired`',
  }),
  MAX_DELIVERIES: integer(
    1,
    100,
  )({
    default: 3,
    desc: 'workers that may die of an event before it is dead-lettered as `poison`',
  }),
  WORKER_CONCURRENCY: integer(
    1,
    100_000,
  )({
    default: 1000,
    desc: 'notifications in flight per worker process',
  }),
  LEASE_MS: integer(
    1000,
    3_600_000,
  )({
    default: 30_000,
    desc: 'after how long without a sign of life another worker may take over an unfinished event',
  }),
  SHUTDOWN_DELAY_MS: integer(
    0,
    600_000,
  )({
    default: 5000,
    desc: 'how long an api that got SIGTERM still takes requests, so that balancers notice that it is not ready any more',
  }),
  SHUTDOWN_TIMEOUT_MS: integer(
    0,
    600_000,
  )({
    default: 15_000,
    desc: 'how long a stopping process lets what is under way end; a worker then hands the rest back to the queue',
  }),
  RETENTION_S: integer(1, 31_536_000)({ default: 604_800, desc: 'how long sent events stay visible' }),
  DEAD_RETENTION_S: integer(
    1,
    31_536_000,
  )({
    default: 2_592_000,
    desc: 'how long dead-lettered events stay visible',
  }),
  PRUNE_MAX_SHARE: fraction({
    default: 0.25,
    desc: "share of a minute's messages to devices, 0 to 1, whose tokens FCM may call gone; above it nothing is pruned until a minute has passed without that",
  }),
  PRUNE_FREE_PER_MIN: integer(
    0,
    1_000_000,
  )({
    default: 20,
    desc: 'tokens that are pruned in a minute whatever their share',
  }),
  MAX_BYTES: integer(
    0,
    Number.MAX_SAFE_INTEGER,
  )({
    default: 0,
    desc: 'bytes of memory each Redis may use: the oldest settled events are forgotten early from 90 % of it, new ones are answered with 503 at all of it; 0: 90 % of its `maxmemory`, if that is set',
  }),
  MESSAGES_FILE: text({
    default: undefined,
    desc: 'path of a YAML file with a message definition for each event type',
  }),
  FIREBASE_PROJECT_ID: text({ default: undefined, desc: 'the Firebase project' }),
  FIREBASE_CLIENT_EMAIL: text({ default: undefined, desc: "the service account's address" }),
  FIREBASE_PRIVATE_KEY: pem({ default: undefined, desc: "the service account's key; `\\n` is understood" }),
  GOOGLE_APPLICATION_CREDENTIALS: text({
    default: undefined,
    desc: 'path of a service account file, instead of the three above',
  }),
  FCM_DRY_RUN: oneOf(
    'true',
    'validate',
    'false',
  )({
    default: 'true',
    desc: '`true`: nothing leaves the machine; `validate`: FCM checks it only; `false`: really sent',
  }),
  FCM_ENDPOINT: httpUrl({ default: 'https://fcm.googleapis.com', desc: 'where messages go' }),
  FCM_CONNECTIONS: integer(1, 1000)({ default: 10, desc: 'HTTP/2 connections kept open' }),
  FCM_TIMEOUT_MS: integer(100, 600_000)({ default: 10_000, desc: 'deadline of one attempt' }),
  FCM_QUOTAS: oneOf(
    'on',
    'off',
  )({
    default: 'on',
    desc: "`on`: FCM's quotas are kept, all workers together; `off`: they are left to FCM",
  }),
  FCM_QUOTA_PER_MIN: integer(
    1,
    1_000_000_000,
  )({ default: 600_000, desc: 'messages of the project in a minute' }),
  FCM_QUOTA_RAMP_S: integer(
    0,
    3600,
  )({ default: 60, desc: 'from a tenth of that rate after a rest to all of it; 0: all of it at once' }),
  FCM_QUOTA_DEVICE_PER_MIN: integer(
    0,
    1_000_000,
  )({ default: 240, desc: 'messages to one device in a minute; 0 here and in the next two: not counted' }),
  FCM_QUOTA_DEVICE_PER_H: integer(0, 1_000_000)({ default: 5000, desc: 'messages to one device in an hour' }),
  FCM_QUOTA_COLLAPSIBLE_BURST: integer(
    0,
    1_000_000,
  )({ default: 20, desc: 'messages with a collapse key to one device at once' }),
  FCM_QUOTA_COLLAPSIBLE_REFILL_S: integer(
    1,
    86_400,
  )({ default: 180, desc: 'after so long one more of them' }),
  FCM_QUOTA_TOPIC_PER_S: integer(
    1,
    1_000_000,
  )({ default: 1000, desc: 'messages to topics and conditions in a second' }),
  HTTPS_PROXY: proxyUrl({
    default: undefined,
    desc: "proxy on the way to FCM and to Google's token endpoint: `http://user:password@host:port`; never to this machine itself",
  }),
  NO_PROXY: text({
    default: undefined,
    desc: 'hosts that are reached without it, with commas between: names with all below them, addresses, each with or without a port; `*` is all',
  }),
  ADMIN_TOKEN: secret(LEAST_ADMIN_TOKEN)({
    default: undefined,
    desc: `bearer token of the admin API and first sign-in of the console, at least ${LEAST_ADMIN_TOKEN} characters; made up and printed in development`,
  }),
  METRICS_TOKEN: text({ default: undefined, desc: 'when set, metrics need it as a bearer token' }),
  LOG_LEVEL: oneOf(
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  )({
    default: 'info',
    desc: 'pino level',
  }),
  LOG_PRETTY: flag({ default: false, desc: '`true` or `on`: logs for people instead of JSON' }),
};

export type VariableName = keyof typeof VARIABLES;
export type VariableSpec = RequiredValidatorSpec<unknown> | OptionalValidatorSpec<unknown>;

/** Variables that hold a secret: each can also be given as `NAME_FILE`, a path. */
export const SECRET_VARIABLES = [
  'REDIS_URL',
  'WEBHOOK_SECRET',
  'FIREBASE_CLIENT_EMAIL',
  'FIREBASE_PRIVATE_KEY',
  'HTTPS_PROXY',
  'ADMIN_TOKEN',
  'METRICS_TOKEN',
] as const satisfies VariableName[];

import { randomBytes } from 'node:crypto';
import type { DeliveryMode } from '../contract';
import { readEnvironment, type ProcessName } from './environment';

/** The process's settings, by the room that uses them. Durations say their unit. */
export interface Config {
  process: ProcessName;
  production: boolean;
  http: {
    host: string;
    port: number;
    workerPort: number;
    trustProxy: number | readonly string[] | undefined;
  };
  redis: {
    url: string;
    prefix: string;
    partitions: number;
    commandTimeoutMs: number;
    /** `replica`: what a webhook, a replay or a definition wrote is answered for only once a replica has it too. */
    durability: 'local' | 'replica';
  };
  webhook: {
    secrets: readonly string[];
    toleranceS: number;
    maxBodyBytes: number;
    rateLimit: number;
    rateLimitWindowS: number;
  };
  queue: {
    dedupeTtlS: number;
    maxBytes: number;
    retentionS: number;
    deadRetentionS: number;
    leaseMs: number;
    maxDeliveries: number;
  };
  notifier: {
    concurrency: number;
    retryDelaysMs: readonly number[];
    retryJitter: number;
    maxAgeS: number;
  };
  messages: { file?: string };
  /** When so much would be pruned that something else must be wrong. */
  pruning: { maxShare: number; freePerMinute: number };
  delivery: {
    mode: DeliveryMode;
    endpoint: string;
    connections: number;
    timeoutMs: number;
    projectId?: string;
    clientEmail?: string;
    privateKey?: string;
    applicationCredentials?: string;
    httpsProxy?: string;
    noProxy?: string;
  };
  /** Of FCM, for all workers together. */
  quotas: {
    /** False: nothing is counted, and FCM says what is too much. */
    on: boolean;
    /** Messages of the project. */
    perMinute: number;
    /** Seconds in which the rate grows from cold to full; 0: it is always full. */
    rampS: number;
    /** Messages to one device; 0 here and below: not counted. */
    devicePerMinute: number;
    devicePerHour: number;
    /** Messages with a collapse key to one device: so many at once, then one every `collapsibleRefillS` seconds. */
    collapsibleBurst: number;
    collapsibleRefillS: number;
    /** Messages to topics and conditions of the project, each of which FCM fans out. */
    topicPerS: number;
  };
  access: { adminToken: string; adminTokenMadeUp: boolean; metricsToken?: string };
  log: { level: string; pretty: boolean };
  /** How long a stopping process keeps taking requests, and within what time it ends what is under way after that. */
  shutdownDelayMs: number;
  shutdownTimeoutMs: number;
}

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
export type ReadonlyConfig = DeepReadonly<Config>;

/** Nest's injection token of the `ReadonlyConfig`. */
export const CONFIG = Symbol('CONFIG');

/**
 * A webhook talks to Redis twice (rate limit, enqueue) and owes its sender a 503 within 2 s when Redis is away. A worker
 * has nobody waiting, and a command that times out may still be applied, so it is more patient.
 */
const COMMAND_TIMEOUT_MS: Record<ProcessName, number> = { api: 900, worker: 5000 };

const DELIVERY_MODE: Record<'true' | 'validate' | 'false', DeliveryMode> = {
  true: 'dry_run',
  validate: 'validate',
  false: 'live',
};

/** Turns the environment into the frozen settings of one process. Throws `ConfigError`. */
export function loadConfig(source: NodeJS.ProcessEnv, process: ProcessName): ReadonlyConfig {
  const env = readEnvironment(source, process);
  return deepFreeze({
    process,
    production: env.NODE_ENV === 'production',
    http: { host: env.HOST, port: env.PORT, workerPort: env.WORKER_PORT, trustProxy: env.TRUST_PROXY },
    redis: {
      url: env.REDIS_URL,
      prefix: env.REDIS_PREFIX,
      partitions: env.PARTITIONS,
      commandTimeoutMs: COMMAND_TIMEOUT_MS[process],
      durability: env.DURABILITY,
    },
    webhook: {
      secrets: env.WEBHOOK_SECRET ?? [],
      toleranceS: env.WEBHOOK_TOLERANCE_S,
      maxBodyBytes: env.WEBHOOK_MAX_BODY,
      rateLimit: env.RATE_LIMIT,
      rateLimitWindowS: env.RATE_LIMIT_WINDOW_S,
    },
    queue: {
      dedupeTtlS: env.DEDUPE_TTL_S,
      maxBytes: env.MAX_BYTES,
      retentionS: env.RETENTION_S,
      deadRetentionS: env.DEAD_RETENTION_S,
      leaseMs: env.LEASE_MS,
      maxDeliveries: env.MAX_DELIVERIES,
    },
    notifier: {
      concurrency: env.WORKER_CONCURRENCY,
      retryDelaysMs: env.RETRY_DELAYS_MS,
      retryJitter: env.RETRY_JITTER,
      maxAgeS: env.MAX_AGE_S,
    },
    messages: { file: env.MESSAGES_FILE },
    pruning: { maxShare: env.PRUNE_MAX_SHARE, freePerMinute: env.PRUNE_FREE_PER_MIN },
    delivery: {
      mode: DELIVERY_MODE[env.FCM_DRY_RUN],
      endpoint: env.FCM_ENDPOINT,
      connections: env.FCM_CONNECTIONS,
      timeoutMs: env.FCM_TIMEOUT_MS,
      projectId: env.FIREBASE_PROJECT_ID,
      clientEmail: env.FIREBASE_CLIENT_EMAIL,
      privateKey: env.FIREBASE_PRIVATE_KEY,
      applicationCredentials: env.GOOGLE_APPLICATION_CREDENTIALS,
      httpsProxy: env.HTTPS_PROXY,
      noProxy: env.NO_PROXY,
    },
    quotas: {
      on: env.FCM_QUOTAS === 'on',
      perMinute: env.FCM_QUOTA_PER_MIN,
      rampS: env.FCM_QUOTA_RAMP_S,
      devicePerMinute: env.FCM_QUOTA_DEVICE_PER_MIN,
      devicePerHour: env.FCM_QUOTA_DEVICE_PER_H,
      collapsibleBurst: env.FCM_QUOTA_COLLAPSIBLE_BURST,
      collapsibleRefillS: env.FCM_QUOTA_COLLAPSIBLE_REFILL_S,
      topicPerS: env.FCM_QUOTA_TOPIC_PER_S,
    },
    access: {
      adminToken: env.ADMIN_TOKEN ?? randomBytes(24).toString('base64url'),
      adminTokenMadeUp: !env.ADMIN_TOKEN,
      metricsToken: env.METRICS_TOKEN,
    },
    log: { level: env.LOG_LEVEL, pretty: env.LOG_PRETTY },
    // Nobody sends anything to a worker.
    shutdownDelayMs: process === 'api' ? env.SHUTDOWN_DELAY_MS : 0,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  });
}

function deepFreeze<T extends object>(value: T): DeepReadonly<T> {
  for (const part of Object.values(value)) if (part && typeof part === 'object') deepFreeze(part);
  return Object.freeze(value) as DeepReadonly<T>;
}

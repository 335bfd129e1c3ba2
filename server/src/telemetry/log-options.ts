import { stdSerializers } from 'pino';
import type { Options } from 'pino-http';
import type { ReadonlyConfig } from '../config/config';

/** Where a secret could stand in what is logged; pino puts `[redacted]` there. */
const REDACTED_PATHS = [
  'token',
  'secret',
  'secrets',
  'privateKey',
  'adminToken',
  'authorization',
  'headers',
  'payload',
].flatMap((name) => [name, `*.${name}`]);

/** How both processes log: structured, secrets and tokens redacted. Requests have a line of their own, see `logRequests`. */
export function logOptions(config: ReadonlyConfig): Options {
  return {
    level: config.log.level,
    base: { process: config.process },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    autoLogging: false,
    serializers: { err: stdSerializers.err },
    ...(config.log.pretty ? { transport: { target: 'pino-pretty', options: { singleLine: true } } } : {}),
  };
}

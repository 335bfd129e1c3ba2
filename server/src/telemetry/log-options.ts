import { stdSerializers } from 'pino';
import type { Options } from 'pino-http';
import type { ReadonlyConfig } from '../config/config';

/** Where a secret could stand in what is logged; pino puts `[redacted]` there. */
const REDACTED_PATHS = [
  'req.headers',
  'res.headers',
  '*.token',
  '*.secret',
  '*.secrets',
  '*.privateKey',
  '*.adminToken',
  '*.authorization',
  '*.payload',
];

/** Paths that are asked every few seconds and would drown the log. */
const QUIET = /^\/(api\/health|metrics|admin\/)/;

/** How both processes log: structured, one line per request, secrets and tokens redacted. */
export function logOptions(config: ReadonlyConfig): Options {
  return {
    level: config.log.level,
    base: { process: config.process },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    genReqId: (request) => request.id,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request_id', responseTime: 'duration_ms' },
    serializers: {
      err: stdSerializers.err,
      req: (request: { method: string; url: string; remoteAddress?: string }) => ({
        method: request.method,
        path: request.url.split('?', 1)[0]?.slice(0, 256),
        address: request.remoteAddress,
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
    customLogLevel: (_request, response, error) =>
      error || response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'warn' : 'info',
    autoLogging: { ignore: (request) => QUIET.test(request.url ?? '') },
    ...(config.log.pretty ? { transport: { target: 'pino-pretty', options: { singleLine: true } } } : {}),
  };
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { plainAddress } from './client-address';
import type { LineLog } from '../telemetry/line-log';

/** What is asked every few seconds, and the console's own files, would drown the log. */
const QUIET = /^\/(api\/health|api\/metrics|metrics|admin)(\/|$)/;

const LONGEST_PATH = 256;

/** Logs one line per request when it has been answered. To be called before the routes are registered. */
export function logRequests(fastify: FastifyInstance, log: LineLog): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const path = loggedPath(request);
    const { statusCode: status } = reply;
    if (status >= 400 || !QUIET.test(path)) {
      const duration_ms = Math.round(reply.elapsedTime * 10) / 10;
      const fields = {
        request_id: request.id,
        method: request.method,
        path,
        status,
        duration_ms,
        address: plainAddress(request.ip),
      };
      if (status >= 500) log.error(fields, 'request');
      else if (status >= 400) log.warn(fields, 'request');
      else log.info(fields, 'request');
    }
    done();
  });
}

/** Of a path that leads nowhere: somebody may have meant to name a registration token with it. */
const MEANT_DEVICES = /\/devices\//i;

/** Without the query; a registration token in a path is as secret as one in a body, however the path is written. */
function loggedPath(request: FastifyRequest): string {
  const pattern = request.routeOptions.url;
  if (pattern?.includes(':token')) return pattern;
  const path = request.url.split(/[?#]/, 1)[0]!;
  if (request.is404 && MEANT_DEVICES.test(readable(path))) return '/api/devices/:token';
  return path.slice(0, LONGEST_PATH);
}

/** With its percent signs decoded; as it is when they are no text. */
function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // URIError: such an address leads nowhere and is not logged at all.
    return path;
  }
}

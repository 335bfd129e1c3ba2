import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/metrics';

const WEBHOOKS = '/api/webhook/';

/** Counts and times every webhook, whatever answered it. To be called before the routes are registered. */
export function measureWebhooks(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.url.startsWith(WEBHOOKS)) {
      metrics.webhooks.inc({ status: String(reply.statusCode) });
      metrics.webhookSeconds.observe(reply.elapsedTime / 1000);
    }
    done();
  });
}

import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { serveConsole } from './admin/console-assets';
import { serveOpenApi } from './admin/openapi';
import { ApiModule } from './api.module';
import type { ReadonlyConfig } from './config/config';
import { startProcess } from './config/start-up';
import { HealthReport } from './health/health';
import { createAdapter } from './http/adapter';
import { closeGently } from './http/gentle-close';
import { connectionLimits, limitConnections } from './http/limit-connections';
import { measureWebhooks } from './http/measure';
import { ProblemFilter } from './http/problem.filter';
import { endWhenRefused } from './health/checks/late-refusal';
import { logRequests } from './http/request-log';
import { LineLogs } from './telemetry/line-log';
import { Metrics } from './telemetry/metrics';
import { ProcessLogger } from './telemetry/process-logger';

/** Creates the api, ready to listen. */
export async function createApi(config: ReadonlyConfig): Promise<NestFastifyApplication> {
  const options = { bodyParser: false, bufferLogs: true, autoFlushLogs: false, abortOnError: false } as const;
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.for(config),
    createAdapter(config),
    options,
  );
  app.useLogger(new ProcessLogger(app.get(Logger)));
  app.flushLogs();
  app.useGlobalFilters(new ProblemFilter());
  const fastify = app.getHttpAdapter().getInstance();
  const metrics = app.get(Metrics);
  const limits = connectionLimits(config.http.trustProxy !== undefined);
  limitConnections(fastify.server, limits, (reason) => metrics.refusedConnections.inc({ reason }));
  measureWebhooks(fastify, metrics);
  logRequests(fastify, app.get(LineLogs).of('Http'));
  const health = app.get(HealthReport);
  closeGently(fastify, () => health.isStopping, config.shutdownTimeoutMs);
  await serveConsole(fastify);
  serveOpenApi(app);
  return app;
}

async function start(config: ReadonlyConfig): Promise<void> {
  const app = await createApi(config);
  // With an exit of our own the exit code is 0, and a pino transport gets to write its last lines.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.http.port, config.http.host);
  endWhenRefused(app);
  app.get(Logger).log(`Herald's api listens on ${await app.getUrl()}`, 'Api');
}

if (require.main === module) startProcess('api', start);

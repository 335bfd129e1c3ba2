import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { serveConsole } from './admin/console-assets';
import { serveOpenApi } from './admin/openapi';
import { ApiModule } from './api.module';
import type { ReadonlyConfig } from './config/config';
import { startProcess } from './config/start-up';
import { createAdapter } from './http/adapter';
import { measureWebhooks } from './http/measure';
import { ProblemFilter } from './http/problem.filter';
import { logRequests } from './http/request-log';
import { lineLog } from './telemetry/line-log';
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
  measureWebhooks(fastify, app.get(Metrics));
  logRequests(fastify, lineLog(await app.resolve(PinoLogger), 'Http'));
  await serveConsole(fastify);
  serveOpenApi(app);
  return app;
}

async function start(config: ReadonlyConfig): Promise<void> {
  const app = await createApi(config);
  // With an exit of our own the exit code is 0, and a pino transport gets to write its last lines.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.http.port, config.http.host);
  app.get(Logger).log(`Herald's api listens on ${await app.getUrl()}`, 'Api');
}

if (require.main === module) startProcess('api', start);

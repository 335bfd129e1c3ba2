import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import type { ReadonlyConfig } from './config/config';
import { startProcess } from './config/start-up';
import { endWhenRefused } from './health/checks/late-refusal';
import { ProcessLogger } from './telemetry/process-logger';
import { WorkerModule } from './worker.module';

/** Creates and starts a worker; closing it drains what is under way. */
export async function createWorker(config: ReadonlyConfig): Promise<INestApplicationContext> {
  const options = { bufferLogs: true, autoFlushLogs: false, abortOnError: false } as const;
  const app = await NestFactory.createApplicationContext(WorkerModule.for(config), options);
  app.useLogger(new ProcessLogger(app.get(Logger)));
  app.flushLogs();
  return app;
}

async function start(config: ReadonlyConfig): Promise<void> {
  const app = await createWorker(config);
  // With an exit of our own the exit code is 0, and a pino transport gets to write its last lines.
  app.enableShutdownHooks([], { useProcessExit: true });
  endWhenRefused(app);
  if (config.delivery.mode === 'dry_run')
    app
      .get(Logger)
      .warn('FCM_DRY_RUN is true: messages are logged and count as sent; nothing leaves this machine');
}

if (require.main === module) startProcess('worker', start);

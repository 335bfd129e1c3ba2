import type { INestApplicationContext } from '@nestjs/common';
import { StartUp } from './start-up';

/** Ends a process that started without Redis when Redis, once there, turns out to be none for it: exit code 1. */
export function endWhenRefused(app: INestApplicationContext): void {
  void app.get(StartUp).refused.then(async ({ message }) => {
    console.error(message);
    await app.close();
    process.exit(1);
  });
}

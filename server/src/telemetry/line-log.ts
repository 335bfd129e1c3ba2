import type { PinoLogger } from 'nestjs-pino';

type Line = Record<string, string | number | boolean | undefined>;

/** Logs lines of one kind, whose fields are always the same. */
export interface LineLog {
  info(fields: Line, message: string): void;
  warn(fields: Line, message: string): void;
  error(fields: Line, message: string): void;
}

/**
 * For the line that every request and every attempt has. Its fields have fixed names, none of which is a secret's, so they are
 * not searched for secrets again, which costs more than all the rest of a line; and it comes straight from pino, because Nest's
 * logger in between costs as much again.
 */
export class LineLogs {
  constructor(private readonly pino: PinoLogger) {}

  of(context: string): LineLog {
    return this.pino.logger.child({ context }, { redact: [] });
  }
}

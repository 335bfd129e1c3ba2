import type { PinoLogger } from 'nestjs-pino';

type Line = Record<string, string | number>;

/** Logs lines of one kind, whose fields are always the same. */
export interface LineLog {
  info(fields: Line, message: string): void;
  warn(fields: Line, message: string): void;
  error(fields: Line, message: string): void;
}

/**
 * For the line that every request has. Its fields have fixed names, none of which is a secret's, so they are not searched for
 * secrets again; and it comes straight from pino, because Nest's logger in between costs as much as the line.
 */
export function lineLog({ logger }: PinoLogger, context: string): LineLog {
  return logger.child({ context }, { redact: [] });
}

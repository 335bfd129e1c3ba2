import { Logger } from '@nestjs/common';
import type { LineLog } from '../src/telemetry/line-log';

/** A logger, as Nest knows it and for lines of one kind, that keeps what it is told. */
export class RecordingLogger extends Logger implements LineLog {
  readonly lines: { level: 'log' | 'warn' | 'error'; message: unknown }[] = [];

  override log(message: unknown): void {
    this.keep('log', message);
  }

  info(fields: object, message: string): void {
    this.keep('log', fields, message);
  }

  override warn(message: unknown, text?: string): void {
    this.keep('warn', message, text);
  }

  override error(message: unknown, text?: string): void {
    this.keep('error', message, text);
  }

  /** The texts of one level; a structured line counts with its `msg`. */
  texts(level: 'log' | 'warn' | 'error'): string[] {
    return this.lines
      .filter((line) => line.level === level)
      .map(({ message }) => (typeof message === 'string' ? message : (message as { msg: string }).msg));
  }

  private keep(level: 'log' | 'warn' | 'error', what: unknown, text?: string): void {
    this.lines.push({ level, message: text === undefined ? what : { msg: text, ...(what as object) } });
  }
}

import { Logger } from '@nestjs/common';

/** A Nest logger that keeps what it is told. */
export class RecordingLogger extends Logger {
  readonly lines: { level: 'log' | 'warn' | 'error'; message: unknown }[] = [];

  override log(message: unknown): void {
    this.lines.push({ level: 'log', message });
  }

  override warn(message: unknown): void {
    this.lines.push({ level: 'warn', message });
  }

  override error(message: unknown): void {
    this.lines.push({ level: 'error', message });
  }

  /** The texts of one level; a structured line counts with its `msg`. */
  texts(level: 'log' | 'warn' | 'error'): string[] {
    return this.lines
      .filter((line) => line.level === level)
      .map(({ message }) => (typeof message === 'string' ? message : (message as { msg: string }).msg));
  }
}

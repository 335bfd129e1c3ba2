import type { Clock } from '../src/config/clock';

/** A clock that moves only when it is told to. */
export class ManualClock implements Clock {
  constructor(private ms = Date.parse('2026-11-01T12:00:00Z')) {}

  now(): number {
    return this.ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}

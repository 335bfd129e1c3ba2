import { Service, inject, signal } from '@angular/core';
import { MatSnackBar } from '@angular/material/snack-bar';
import type { EventStatus, EventSummary } from '@contract';
import { firstValueFrom } from 'rxjs';
import { type EventRef, EventsApi, eventKey } from '../api/events-api';
import { type Problem, toProblem } from '../api/problem';

const SETTLED: readonly EventStatus[] = ['sent', 'failed'];

/** Whether an event can be replayed in this status. */
export function isReplayable(status: EventStatus): boolean {
  return SETTLED.includes(status);
}

type Replayed = Pick<EventSummary, 'event_id' | 'source' | 'status' | 'updated_at'>;

/** How long a page may still show the state from before a replay, in ms: a second click within it means the first one's wish. */
const SETTLING_MS = 1_000;

/** Sends events back to the queue and says aloud how it went. */
@Service()
export class Replay {
  private readonly api = inject(EventsApi);
  private readonly snackBar = inject(MatSnackBar);
  private readonly underWay = signal<ReadonlySet<string>>(new Set());

  isUnderWay(event: EventRef): boolean {
    return this.underWay().has(eventKey(event));
  }

  async replay(event: Replayed): Promise<void> {
    if (this.isUnderWay(event)) return;
    if (!isReplayable(event.status)) return this.say(stillUnderWay(event.event_id));
    const key = eventKey(event);
    this.underWay.update((keys) => new Set(keys).add(key));
    try {
      await firstValueFrom(this.api.replay(event));
      this.say(`${event.event_id} is queued again`);
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
    } catch (error) {
      this.say(explain(event.event_id, toProblem(error)));
    } finally {
      this.underWay.update((keys) => new Set([...keys].filter((other) => other !== key)));
    }
  }

  /** A snack bar is a live region: what it shows is also read out, once. */
  private say(message: string): void {
    this.snackBar.open(message, 'Dismiss', { duration: 6_000, politeness: 'polite' });
  }
}

function explain(id: string, problem: Problem): string {
  switch (problem.code) {
    case 'not_found':
      return `${id} is no longer kept, so it cannot be replayed`;
    case 'not_replayable':
      return stillUnderWay(id);
    default:
      return `${id} was not replayed. ${problem.heading}: ${problem.message}`;
  }
}

function stillUnderWay(id: string): string {
  return `${id} is still under way; it can be replayed once it is sent or failed`;
}

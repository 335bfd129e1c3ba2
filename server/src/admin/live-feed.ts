import {
  catchError,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  from,
  map,
  merge,
  mergeMap,
  Observable,
  share,
  Subject,
  takeUntil,
  timer,
} from 'rxjs';
import type { LiveMessages, QueueSnapshot } from '../contract';
import type { ChangesReader } from '../events/changes';
import type { Inspector } from '../queue/inspector';
import { isRedisTrouble } from '../redis/trouble';

/** How often changes are looked for, and the queue's figures, in ms. */
const CHANGES_EVERY_MS = 200;
const FIGURES_EVERY_MS = 1000;

/** Figures are sent at least so often, so that proxies do not take a quiet stream for a dead one. */
const FIGURES_AT_LEAST_EVERY = 15;

/** One server-sent event, as Nest's `@Sse` wants it. */
export type LiveMessage = {
  [Name in keyof LiveMessages]: { type: Name; id?: string; data: LiveMessages[Name] };
}[keyof LiveMessages];

/** What the console's live updates are made of. Redis is asked once for all listeners, and only while there are any. */
export class LiveFeed {
  private readonly ended = new Subject<void>();
  private readonly figures = this.watchFigures().pipe(share());
  private readonly changes = this.follow().pipe(share());

  constructor(
    private readonly inspector: Inspector,
    private readonly newReader: () => ChangesReader,
  ) {}

  /** `lastEventId` is that of the last message a listener got before it lost the connection. */
  listen(lastEventId?: string): Observable<LiveMessage> {
    const sinceMs = lastEventId && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
    const changes = sinceMs === undefined ? this.changes : this.follow(sinceMs);
    return merge(this.figures, changes).pipe(takeUntil(this.ended));
  }

  /** Ends every listener's stream, so that the process can stop. */
  end(): void {
    this.ended.next();
  }

  private follow(fromMs?: number): Observable<LiveMessage> {
    return new Observable<LiveMessage>((listener) => {
      const reader = this.newReader();
      let begun = false;
      const read = async () => {
        if (!begun) await reader.begin(fromMs);
        begun = true;
        return reader.read();
      };
      return timer(0, CHANGES_EVERY_MS)
        .pipe(
          exhaustMap(() => from(read()).pipe(catchError(skipTrouble))),
          mergeMap((changes) => changes),
          map(({ atMs, event }) => ({ type: 'event' as const, id: String(atMs), data: event })),
        )
        .subscribe(listener);
    });
  }

  private watchFigures(): Observable<LiveMessage> {
    return timer(0, FIGURES_EVERY_MS).pipe(
      exhaustMap((tick) =>
        from(this.inspector.snapshot()).pipe(
          catchError(skipTrouble),
          map((data) => ({ data, still: comparable(data), due: tick % FIGURES_AT_LEAST_EVERY === 0 })),
        ),
      ),
      distinctUntilChanged((before, now) => before.still === now.still && !now.due),
      map(({ data }) => ({ type: 'queue' as const, data })),
    );
  }
}

/** A sign of life alone is no change worth telling. */
function comparable({ workers, ...figures }: QueueSnapshot): string {
  return JSON.stringify({ ...figures, workers: workers.map(({ name, in_flight }) => [name, in_flight]) });
}

/** While Redis is away there is nothing to tell; the stream stays open and goes on when it is back. */
function skipTrouble(error: unknown): Observable<never> {
  if (isRedisTrouble(error)) return EMPTY;
  throw error;
}

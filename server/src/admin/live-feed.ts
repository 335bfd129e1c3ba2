import {
  catchError,
  combineLatest,
  defer,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  from,
  map,
  merge,
  mergeMap,
  type Observable,
  ReplaySubject,
  share,
  takeUntil,
  timer,
} from 'rxjs';
import type { LiveMessages, QueueSnapshot } from '../contract';
import type { Change, ChangesReader } from '../events/changes';
import type { Inspector } from '../queue/inspector';
import { isRedisTrouble } from '../redis/trouble';

/** How often changes are looked for, and the queue's figures, in ms. */
const CHANGES_EVERY_MS = 200;
const FIGURES_EVERY_MS = 1000;

/** Figures are sent at least every so many looks, so that neither a proxy nor the console takes a quiet stream for a dead one. */
const FIGURES_AT_LEAST_EVERY = 3;

/** One reading of so few changes has certainly reached the end of every partition's. */
const FEW = 100;

/** One server-sent event, as Nest's `@Sse` wants it; one without an id would get a number of Nest's own. */
export type LiveMessage = {
  [Name in keyof LiveMessages]: { type: Name; id: string; data: LiveMessages[Name] };
}[keyof LiveMessages];

/** What one reading brought. Times are ms of Redis' clock; whoever resumes there misses nothing that came later. */
interface Reading {
  changes: readonly Change[];
  fromMs: number;
  upToMs: number;
}

/** What the console's live updates are made of. Redis is asked only while somebody listens, and once for all who are up to date. */
export class LiveFeed {
  private readonly ended = new ReplaySubject<void>(1);
  private readonly figures = this.watchFigures().pipe(share({ connector: () => new ReplaySubject(1) }));
  private readonly readings = this.follow().pipe(share());

  constructor(
    private readonly inspector: Inspector,
    private readonly newReader: () => ChangesReader,
    private readonly redisNow: () => Promise<number>,
  ) {}

  /** `lastEventId` is that of the last message a listener got before it lost the connection; some may be told again. */
  listen(lastEventId?: string): Observable<LiveMessage> {
    const readings =
      lastEventId && /^\d{1,15}$/.test(lastEventId)
        ? this.follow(Number(lastEventId)).pipe(share())
        : this.readings;
    const events = readings.pipe(
      mergeMap(({ changes, fromMs }) =>
        changes.map(({ event }) => ({ type: 'event' as const, id: String(fromMs), data: event })),
      ),
    );
    const figures = combineLatest([this.figures, readings]).pipe(
      distinctUntilChanged(([before], [now]) => before === now),
      map(([data, { upToMs }]) => ({ type: 'queue' as const, id: String(upToMs), data })),
    );
    return merge(events, figures).pipe(takeUntil(this.ended));
  }

  /** Ends every listener's stream, so that the process can stop. */
  end(): void {
    this.ended.next();
  }

  private follow(sinceMs?: number): Observable<Reading> {
    return defer(() => {
      let reader: ChangesReader | null = null;
      let place = sinceMs;
      const begin = async () => {
        const now = await this.redisNow();
        const fresh = this.newReader();
        const since = place === undefined ? undefined : Math.min(place, now);
        await fresh.begin(since);
        place = since ?? now;
        return fresh;
      };
      const read = async () => {
        reader ??= await begin();
        const fromMs = place!;
        // Asked before the changes: those that happen meanwhile may be told of one partition and not of another.
        const now = await this.redisNow();
        const changes = await reader.read();
        if (changes.length < FEW) place = Math.max(now, fromMs);
        return { changes, fromMs, upToMs: place! };
      };
      const skip = (error: unknown) => {
        // A reading that failed half way has dropped what it had: begin again where the last whole one ended.
        reader = null;
        return skipTrouble(error);
      };
      return timer(0, CHANGES_EVERY_MS).pipe(exhaustMap(() => from(read()).pipe(catchError(skip))));
    });
  }

  private watchFigures(): Observable<QueueSnapshot> {
    return timer(0, FIGURES_EVERY_MS).pipe(
      exhaustMap((tick) =>
        from(this.inspector.snapshot()).pipe(
          catchError(skipTrouble),
          map((data) => ({ data, still: comparable(data), due: tick % FIGURES_AT_LEAST_EVERY === 0 })),
        ),
      ),
      distinctUntilChanged((before, now) => before.still === now.still && !now.due),
      map(({ data }) => data),
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

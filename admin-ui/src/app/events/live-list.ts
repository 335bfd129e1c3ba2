import { type Signal, computed, effect, inject, linkedSignal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { type EventQuery, EventsApi, eventKey } from '../api/events-api';
import { keptProblem, keptValue } from '../api/kept';
import { Live } from '../api/live';
import type { Problem } from '../api/problem';
import { retryWhileAway } from '../api/retry-while-away';
import { type Changes, type MergedList, mergeChanges, pruneChanges } from './merge-changes';

/** How long rows may go on leaving before their places are filled, in ms. */
const REFILL_MS = 1_000;

export interface LiveList {
  /** Undefined until the first page is there; the last one while another is on its way. */
  list: Signal<MergedList | undefined>;
  problem: Signal<Problem | null>;
  /** The rows are those of an earlier query. */
  stale: Signal<boolean>;
  reload(): void;
}

/** The events `query` asks for, kept up to date by the live stream. Needs an injection context. */
export function liveList(query: Signal<EventQuery>): LiveList {
  const live = inject(Live);
  const resource = inject(EventsApi).list(query);
  const page = computed(() => (resource.hasValue() ? resource.value() : undefined));
  const changes = linkedSignal<EventQuery, Changes>({ source: query, computation: () => new Map() });
  const merged = computed(() => {
    const loaded = page();
    return loaded && mergeChanges(loaded, changes(), query());
  });
  const problem = keptProblem(resource);
  const reload = () => void resource.reload();

  live.changes.pipe(takeUntilDestroyed()).subscribe((events) => {
    // With neither a page nor one on its way, the next request will bring all of it.
    if (resource.status() === 'error') return;
    const all = new Map([...changes(), ...events.map((event) => [eventKey(event), event] as const)]);
    const loaded = page();
    changes.set(loaded ? pruneChanges(loaded, all, query()) : all);
  });
  live.resumed.pipe(takeUntilDestroyed()).subscribe(() => {
    changes.set(new Map());
    reload();
  });
  retryWhileAway(problem, reload);
  const isDepleted = computed(() => merged()?.depleted === true);
  effect((onCleanup) => {
    // Looked at again with each page that comes, for more may have left meanwhile.
    page();
    if (!isDepleted()) return;
    const waiting = setTimeout(reload, REFILL_MS);
    onCleanup(() => clearTimeout(waiting));
  });

  return { list: keptValue(merged), problem, stale: computed(() => merged() === undefined), reload };
}

import { Component, computed, effect, inject, input, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { EVENT_STATUSES, type EventStatus } from '@contract';
import { firstValueFrom } from 'rxjs';
import { type EventQuery, EventsApi, PAGE_SIZE } from '../api/events-api';
import { Live } from '../api/live';
import { mayPass } from '../api/problem';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { LiveStateDot } from '../ui/live-state';
import { ProblemBanner } from '../ui/problem-banner';
import { listenForShortcuts } from '../ui/shortcuts';
import { EventFilters } from './event-filters';
import { EventTable } from './event-table';
import { FirstUse } from './first-use';
import { LastList } from './last-list';
import { liveList } from './live-list';
import { QueueStrip } from './queue-strip';
import { Replay } from './replay';

/** How many pages one can go back; keeps the address at a sane length. */
const LONGEST_TRAIL = 20;

/** The events, newest first. Filter, search and page are in the address. */
@Component({
  selector: 'herald-event-list',
  imports: [
    EmptyState,
    EventFilters,
    EventTable,
    FirstUse,
    Icon,
    LiveStateDot,
    MatButton,
    ProblemBanner,
    QueueStrip,
    RouterLink,
  ],
  templateUrl: './event-list.html',
  styleUrl: './event-list.scss',
})
export class EventList {
  private readonly api = inject(EventsApi);
  private readonly router = inject(Router);
  private readonly replay = inject(Replay);
  private readonly filters = viewChild.required(EventFilters);
  private readonly table = viewChild(EventTable);

  readonly status = input([], { transform: toStatuses });
  readonly event_id = input('', { transform: (value: string | undefined) => value ?? '' });
  /** The way to this page: the last one is where it starts, those before it lead back. */
  readonly cursor = input([], { transform: toList });

  private readonly query = computed<EventQuery>(
    () => ({ status: this.status(), event_id: this.event_id(), cursor: this.cursor().at(-1) }),
    { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  private readonly page = liveList(this.query);

  protected readonly liveState = inject(Live).state;
  protected readonly list = this.page.list;
  protected readonly problem = this.page.problem;
  protected readonly stale = this.page.stale;
  protected readonly isFiltered = computed(() => this.status().length > 0 || this.event_id() !== '');
  protected readonly isNewest = computed(() => this.cursor().length === 0);
  protected readonly hasNext = computed(() => {
    const list = this.list();
    return list !== undefined && (list.displaced || list.next_cursor !== null);
  });
  protected readonly skeleton = Array.from({ length: PAGE_SIZE }, (_, index) => index);
  protected readonly mayPass = mayPass;

  constructor() {
    const last = inject(LastList);
    effect(() =>
      last.params.set({ status: this.status(), event_id: this.event_id() || null, cursor: this.cursor() }),
    );
    listenForShortcuts({
      '/': () => this.filters().focus(),
      j: () => this.table()?.moveFocus(1),
      k: () => this.table()?.moveFocus(-1),
      ArrowDown: () => this.table()?.moveFocus(1),
      ArrowUp: () => this.table()?.moveFocus(-1),
      r: () => this.replayFocused(),
    });
  }

  protected reload(): void {
    this.page.reload();
  }

  protected async next(): Promise<void> {
    const list = this.list();
    if (list === undefined) return;
    const cursor = list.displaced ? await this.freshCursor() : list.next_cursor;
    if (cursor === null) return;
    await this.turnTo([...this.cursor(), cursor].slice(-LONGEST_TRAIL));
  }

  protected async previous(): Promise<void> {
    await this.turnTo(this.cursor().slice(0, -1));
  }

  protected async turnTo(cursor: string[]): Promise<void> {
    await this.router.navigate([], { queryParams: { cursor }, queryParamsHandling: 'merge' });
  }

  /** Events were pushed off the newest page since it came: the old cursor would skip them. */
  private async freshCursor(): Promise<string | null> {
    const page = await firstValueFrom(this.api.page(this.query()));
    return page.next_cursor;
  }

  private replayFocused(): void {
    const event = this.table()?.focusedRow();
    if (event !== undefined) void this.replay.replay(event);
  }
}

/** A query parameter is absent, there once, or there several times. */
function toList(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

function toStatuses(value: string | string[] | undefined): EventStatus[] {
  const asked = toList(value);
  return EVENT_STATUSES.filter((status) => asked.includes(status));
}

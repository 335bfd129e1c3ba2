import { CdkCopyToClipboard } from '@angular/cdk/clipboard';
import { KeyValuePipe } from '@angular/common';
import { Component, computed, effect, inject, input, linkedSignal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { MatSnackBar } from '@angular/material/snack-bar';
import { RouterLink } from '@angular/router';
import { DEFAULT_SOURCE, type EventRef, EventsApi, eventKey } from '../api/events-api';
import { keptProblem, keptValue } from '../api/kept';
import { Live } from '../api/live';
import { mayPass } from '../api/problem';
import { retryWhileAway } from '../api/retry-while-away';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { LiveStateDot } from '../ui/live-state';
import { ProblemBanner } from '../ui/problem-banner';
import { RelativeTime } from '../ui/relative-time';
import { listenForShortcuts } from '../ui/shortcuts';
import { StatusChip } from '../ui/status-chip';
import { EventHistory } from './event-history';
import { LastList } from './last-list';
import { Replay, isReplayable } from './replay';

/** One event: what came in, what was tried, and the way to try again. */
@Component({
  selector: 'herald-event-page',
  imports: [
    CdkCopyToClipboard,
    EmptyState,
    EventHistory,
    Icon,
    KeyValuePipe,
    LiveStateDot,
    MatButton,
    ProblemBanner,
    RelativeTime,
    RouterLink,
    StatusChip,
  ],
  templateUrl: './event-page.html',
  styleUrl: './event-page.scss',
})
export class EventPage {
  private readonly live = inject(Live);
  private readonly snackBar = inject(MatSnackBar);
  private readonly replays = inject(Replay);

  readonly event_id = input.required<string>();
  readonly source = input(DEFAULT_SOURCE, {
    transform: (value: string | undefined) => value ?? DEFAULT_SOURCE,
  });

  private readonly ref = computed<EventRef>(() => ({ event_id: this.event_id(), source: this.source() }));
  private readonly resource = inject(EventsApi).one(this.ref);
  private readonly outdated = linkedSignal<EventRef, boolean>({ source: this.ref, computation: () => false });

  protected readonly liveState = this.live.state;
  protected readonly listParams = inject(LastList).params;
  protected readonly event = keptValue(() => (this.resource.hasValue() ? this.resource.value() : undefined));
  protected readonly problem = keptProblem(this.resource);
  protected readonly payload = computed(() => JSON.stringify(this.event()?.payload, null, 2));
  protected readonly canReplay = computed(() => isReplayable(this.event()?.status ?? 'queued'));
  protected readonly isReplaying = computed(() => this.replays.isUnderWay(this.ref()));
  protected readonly mayPass = mayPass;

  constructor() {
    this.live.changes.pipe(takeUntilDestroyed()).subscribe((events) => {
      const key = eventKey(this.ref());
      if (events.some((event) => eventKey(event) === key)) this.outdated.set(true);
    });
    this.live.resumed.pipe(takeUntilDestroyed()).subscribe(() => this.outdated.set(true));
    // A change that comes while we load may be too young for the answer under way: ask again after it.
    effect(() => {
      if (!this.outdated() || this.resource.isLoading()) return;
      this.outdated.set(false);
      this.reload();
    });
    retryWhileAway(this.problem, () => this.reload());
    listenForShortcuts({ r: () => this.replay() });
  }

  protected reload(): void {
    this.resource.reload();
  }

  protected replay(): void {
    const event = this.event();
    if (event !== undefined) void this.replays.replay(event);
  }

  protected copied(succeeded: boolean): void {
    const message = succeeded ? 'Payload copied' : 'The browser did not let us copy';
    this.snackBar.open(message, undefined, { duration: 3_000, politeness: 'polite' });
  }
}

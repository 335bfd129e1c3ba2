import { Component, computed, input } from '@angular/core';
import type { AttemptEntry, HistoryEntry, MilestoneEntry } from '@contract';
import { formatDuration } from '../ui/duration';
import { ExactTime } from '../ui/exact-time';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';

interface Look {
  title: string;
  icon: IconName;
  tone: 'good' | 'bad' | 'warn' | 'plain';
}

const ATTEMPTS: Record<AttemptEntry['outcome'], Look> = {
  delivered: { title: 'Delivered', icon: 'check', tone: 'good' },
  failed: { title: 'Attempt failed', icon: 'error', tone: 'bad' },
  unknown: { title: 'Outcome unknown', icon: 'warning', tone: 'warn' },
};

const MILESTONES: Record<MilestoneEntry['kind'], Look> = {
  received: { title: 'Received', icon: 'inbox', tone: 'plain' },
  replayed: { title: 'Replayed', icon: 'replay', tone: 'plain' },
  retry_scheduled: { title: 'Retry scheduled', icon: 'clock', tone: 'plain' },
  dead_lettered: { title: 'Dead-lettered', icon: 'error', tone: 'bad' },
};

/** Everything that happened to an event, newest first. */
@Component({
  selector: 'herald-event-history',
  imports: [ExactTime, Icon],
  templateUrl: './event-history.html',
  styleUrl: './event-history.scss',
})
export class EventHistory {
  readonly entries = input.required<HistoryEntry[]>();

  protected readonly steps = computed(() =>
    this.entries().map((entry) =>
      entry.kind === 'attempt'
        ? { ...ATTEMPTS[entry.outcome], at: entry.started_at, attempt: entry, milestone: null }
        : { ...MILESTONES[entry.kind], at: entry.at, attempt: null, milestone: entry },
    ),
  );
  protected readonly duration = formatDuration;
}

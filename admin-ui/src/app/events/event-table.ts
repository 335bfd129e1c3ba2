import { Component, inject, input } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatTableModule } from '@angular/material/table';
import { RouterLink } from '@angular/router';
import type { EventSummary } from '@contract';
import { eventKey, sourceParams } from '../api/events-api';
import { Icon } from '../ui/icon';
import { RelativeTime } from '../ui/relative-time';
import { rowFocus } from '../ui/row-focus';
import { StatusChip } from '../ui/status-chip';
import { Replay, isReplayable } from './replay';

/** One page of events. The keyboard moves along the links of its rows. */
@Component({
  selector: 'herald-event-table',
  imports: [Icon, MatIconButton, MatTableModule, RelativeTime, RouterLink, StatusChip],
  templateUrl: './event-table.html',
  styleUrl: './event-table.scss',
})
export class EventTable {
  readonly rows = input.required<EventSummary[]>();

  private readonly focus = rowFocus(this.rows, eventKey, 'a.id');

  protected readonly replay = inject(Replay);
  protected readonly columns = ['status', 'type', 'id', 'user', 'attempts', 'age', 'error', 'replay'];
  protected readonly isReplayable = isReplayable;
  protected readonly sourceParams = sourceParams;
  protected readonly track = (_index: number, event: EventSummary) => eventKey(event);

  /** Moves the focus to the next or previous row; into the table when it is elsewhere. */
  moveFocus(step: 1 | -1): void {
    const from = this.focus.index();
    const start = step === 1 ? 0 : this.rows().length - 1;
    this.focus.moveTo(from === -1 ? start : from + step);
  }

  focusedRow(): EventSummary | undefined {
    return this.rows()[this.focus.index()];
  }
}

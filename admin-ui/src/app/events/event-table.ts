import { Component, DOCUMENT, ElementRef, afterRenderEffect, inject, input } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatTableModule } from '@angular/material/table';
import { RouterLink } from '@angular/router';
import type { EventSummary } from '@contract';
import { eventKey, sourceParams } from '../api/events-api';
import { Icon } from '../ui/icon';
import { RelativeTime } from '../ui/relative-time';
import { StatusChip } from '../ui/status-chip';
import { Replay, isReplayable } from './replay';

/** One page of events. The keyboard moves along the links of its rows. */
@Component({
  selector: 'herald-event-table',
  imports: [Icon, MatIconButton, MatTableModule, RelativeTime, RouterLink, StatusChip],
  templateUrl: './event-table.html',
  styleUrl: './event-table.scss',
  host: { '(focusin)': 'remember()' },
})
export class EventTable {
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly document = inject(DOCUMENT);
  private focused: { key: string; index: number } | null = null;

  readonly rows = input.required<EventSummary[]>();

  protected readonly replay = inject(Replay);
  protected readonly columns = ['status', 'type', 'id', 'user', 'attempts', 'age', 'error', 'replay'];
  protected readonly isReplayable = isReplayable;
  protected readonly sourceParams = sourceParams;
  protected readonly track = (_index: number, event: EventSummary) => eventKey(event);

  constructor() {
    afterRenderEffect(() => this.keepFocus(this.rows()));
  }

  /** Moves the focus to the next or previous row; into the table when it is elsewhere. */
  moveFocus(step: 1 | -1): void {
    const from = this.focusedIndex();
    const start = step === 1 ? 0 : this.rows().length - 1;
    this.focusRow(from === -1 ? start : from + step);
  }

  focusedRow(): EventSummary | undefined {
    return this.rows()[this.focusedIndex()];
  }

  protected remember(): void {
    const index = this.focusedIndex();
    const row = this.rows()[index];
    this.focused = row ? { key: eventKey(row), index } : null;
  }

  /** A row that leaves under the focus hands it to the one that takes its place. */
  private keepFocus(rows: EventSummary[]): void {
    if (this.focused === null) return;
    const { key, index } = this.focused;
    const now = rows.findIndex((row) => eventKey(row) === key);
    if (now !== -1) this.focused.index = now;
    else if (this.document.activeElement === this.document.body)
      this.focusRow(Math.min(index, rows.length - 1));
  }

  private focusedIndex(): number {
    const rows = [...this.host.querySelectorAll('tr[mat-row]')];
    return rows.findIndex((row) => row.contains(this.document.activeElement));
  }

  private focusRow(index: number): void {
    this.host.querySelectorAll<HTMLElement>('a.id')[index]?.focus();
  }
}

import { Component, type ElementRef, effect, inject, input, untracked, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatChipListbox, type MatChipListboxChange, MatChipOption } from '@angular/material/chips';
import { MatFormField, MatLabel, MatPrefix, MatSuffix } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router } from '@angular/router';
import { EVENT_STATUSES, type EventStatus } from '@contract';
import { Subject, debounceTime } from 'rxjs';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Icon } from '../ui/icon';
import { STATUS_LOOKS } from '../ui/status-chip';

/** How long to wait for the next key before a search, in ms. */
const TYPING_MS = 200;

/** Search and filter of the list: they read from the address and write to it. */
@Component({
  selector: 'herald-event-filters',
  imports: [
    Icon,
    MatChipListbox,
    MatChipOption,
    MatFormField,
    MatIconButton,
    MatInput,
    MatLabel,
    MatPrefix,
    MatSuffix,
  ],
  templateUrl: './event-filters.html',
  styleUrl: './event-filters.scss',
})
export class EventFilters {
  private readonly router = inject(Router);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('search');
  private readonly typed = new Subject<string>();

  readonly status = input.required<readonly EventStatus[]>();
  readonly event_id = input.required<string>();

  protected readonly statuses = EVENT_STATUSES;
  protected readonly looks = STATUS_LOOKS;

  constructor() {
    this.typed.pipe(debounceTime(TYPING_MS), takeUntilDestroyed()).subscribe((text) => this.search(text));
    // The address may change under us (a link, back, forward), but never what somebody is typing right now.
    effect(() => {
      const id = this.event_id();
      const field = untracked(this.field).nativeElement;
      if (field.value.trim() !== id) field.value = id;
    });
  }

  focus(): void {
    this.field().nativeElement.focus();
    this.field().nativeElement.select();
  }

  protected type(text: string): void {
    this.typed.next(text.trim());
  }

  protected clear(): void {
    this.field().nativeElement.value = '';
    this.field().nativeElement.focus();
    this.search('');
  }

  protected choose({ value }: MatChipListboxChange): void {
    const chosen = value as EventStatus[];
    // The order of the statuses, not that of the clicks: one list has one address.
    const status = EVENT_STATUSES.filter((one) => chosen.includes(one));
    void this.navigate({ status, cursor: null }, false);
  }

  /** A search is one step in the history however many keys it took. */
  private search(event_id: string): void {
    if (event_id === this.event_id()) return;
    void this.navigate({ event_id: event_id || null, cursor: null }, this.event_id() !== '');
  }

  private navigate(
    queryParams: Record<string, string[] | string | null>,
    replaceUrl: boolean,
  ): Promise<boolean> {
    return this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl });
  }
}

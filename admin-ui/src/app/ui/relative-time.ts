import { Component, computed, inject, input } from '@angular/core';
import { formatRelative } from './duration';
import { NOW } from './now';

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** How long ago something was, counting on: "just now" when a clock that is slow has it in the future; the exact time is in its tooltip and in `datetime`. */
@Component({
  selector: 'herald-relative-time',
  template: `<time [attr.datetime]="at()" [attr.title]="exact()">{{ relative() }}</time>`,
  styles: `
    time {
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
  `,
})
export class RelativeTime {
  /** ISO 8601. */
  readonly at = input.required<string>();

  private readonly now = inject(NOW);
  private readonly moment = computed(() => new Date(this.at()));
  protected readonly exact = computed(() => EXACT.format(this.moment()));
  protected readonly relative = computed(() => {
    const now = this.now();
    return formatRelative(Math.min(this.moment().getTime(), now), now);
  });
}

import { Component, computed, inject, input } from '@angular/core';
import { formatRelative } from './duration';
import { NOW } from './now';

const FORMAT = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
});

/** When something was, to the second: for moments that are compared with each other. */
@Component({
  selector: 'herald-exact-time',
  template: `<time [attr.datetime]="at()" [attr.title]="relative()">{{ exact() }}</time>`,
  styles: `
    time {
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
  `,
})
export class ExactTime {
  /** ISO 8601. */
  readonly at = input.required<string>();

  private readonly now = inject(NOW);
  private readonly moment = computed(() => new Date(this.at()));
  protected readonly exact = computed(() => FORMAT.format(this.moment()));
  protected readonly relative = computed(() => formatRelative(this.moment().getTime(), this.now()));
}

import { Component, input } from '@angular/core';
import { Icon } from './icon';
import type { IconName } from './icons';

export type Tone = 'plain' | 'busy' | 'warn' | 'good' | 'bad';

/** A state as icon, word and colour; the word is its content. */
@Component({
  selector: 'herald-chip',
  imports: [Icon],
  template: `<herald-icon [name]="icon()" /><ng-content />`,
  styles: `
    :host {
      --herald-icon-size: 16px;

      display: inline-flex;
      gap: 6px;
      align-items: center;
      box-sizing: border-box;
      height: 26px;
      padding-inline: 7px 10px;
      border-radius: 13px;
      background: var(--mat-sys-surface-container-highest);
      color: var(--mat-sys-on-surface-variant);
      font: var(--mat-sys-label-medium);
      white-space: nowrap;
    }

    :host([data-tone='busy']) {
      background: var(--mat-sys-primary-container);
      color: var(--mat-sys-on-primary-container);
    }

    :host([data-tone='warn']) {
      background: var(--herald-warn-container);
      color: var(--herald-warn);
    }

    :host([data-tone='good']) {
      background: var(--herald-good-container);
      color: var(--herald-good);
    }

    :host([data-tone='bad']) {
      background: var(--mat-sys-error-container);
      color: var(--mat-sys-on-error-container);
    }
  `,
  host: { '[attr.data-tone]': 'tone()' },
})
export class Chip {
  readonly icon = input.required<IconName>();
  readonly tone = input.required<Tone>();
}

import { Component, input } from '@angular/core';
import { Icon } from './icon';
import type { IconName } from './icons';

/** What stands where there is nothing to show: why, and what to do about it. */
@Component({
  selector: 'herald-empty-state',
  imports: [Icon],
  template: `
    <herald-icon [name]="icon()" />
    <h2>{{ heading() }}</h2>
    <ng-content />
  `,
  styles: `
    :host {
      --herald-icon-size: 40px;

      display: flex;
      flex-direction: column;
      gap: 12px;
      align-items: center;
      padding: 64px 16px;
      color: var(--mat-sys-on-surface-variant);
      text-align: center;
    }

    h2 {
      color: var(--mat-sys-on-surface);
    }

    herald-icon {
      color: var(--mat-sys-outline);
    }
  `,
})
export class EmptyState {
  readonly icon = input.required<IconName>();
  readonly heading = input.required<string>();
}

import { Component, computed, input } from '@angular/core';
import type { EventStatus } from '@contract';
import { Icon } from './icon';
import type { IconName } from './icons';

/** How each status is called and drawn. */
export const STATUS_LOOKS: Record<EventStatus, { word: string; icon: IconName }> = {
  queued: { word: 'Queued', icon: 'clock' },
  processing: { word: 'Processing', icon: 'sync' },
  retrying: { word: 'Retrying', icon: 'update' },
  sent: { word: 'Sent', icon: 'check' },
  failed: { word: 'Failed', icon: 'error' },
};

/** The status of an event: icon, word and colour. */
@Component({
  selector: 'herald-status-chip',
  imports: [Icon],
  template: `<herald-icon [name]="look().icon" />{{ look().word }}`,
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

    :host([data-status='processing']) {
      background: var(--mat-sys-primary-container);
      color: var(--mat-sys-on-primary-container);
    }

    :host([data-status='retrying']) {
      background: var(--herald-warn-container);
      color: var(--herald-warn);
    }

    :host([data-status='sent']) {
      background: var(--herald-good-container);
      color: var(--herald-good);
    }

    :host([data-status='failed']) {
      background: var(--mat-sys-error-container);
      color: var(--mat-sys-on-error-container);
    }
  `,
  host: { '[attr.data-status]': 'status()' },
})
export class StatusChip {
  readonly status = input.required<EventStatus>();
  protected readonly look = computed(() => STATUS_LOOKS[this.status()]);
}

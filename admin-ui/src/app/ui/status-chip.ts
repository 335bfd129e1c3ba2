import { Component, computed, input } from '@angular/core';
import type { EventStatus } from '@contract';
import { Chip, type Tone } from './chip';
import type { IconName } from './icons';

/** How each status is called and drawn. */
export const STATUS_LOOKS: Record<EventStatus, { word: string; icon: IconName; tone: Tone }> = {
  queued: { word: 'Queued', icon: 'clock', tone: 'plain' },
  processing: { word: 'Processing', icon: 'sync', tone: 'busy' },
  retrying: { word: 'Retrying', icon: 'update', tone: 'warn' },
  sent: { word: 'Sent', icon: 'check', tone: 'good' },
  failed: { word: 'Failed', icon: 'error', tone: 'bad' },
};

/** The status of an event: icon, word and colour. */
@Component({
  selector: 'herald-status-chip',
  imports: [Chip],
  template: `<herald-chip [icon]="look().icon" [tone]="look().tone">{{ look().word }}</herald-chip>`,
  styles: `
    :host {
      display: inline-flex;
    }
  `,
  host: { '[attr.data-status]': 'status()' },
})
export class StatusChip {
  readonly status = input.required<EventStatus>();
  protected readonly look = computed(() => STATUS_LOOKS[this.status()]);
}

import { Component, input } from '@angular/core';
import type { DeliveryPause } from '@contract';
import { Icon } from '../ui/icon';
import { RelativeTime } from '../ui/relative-time';

/** Says that nothing is sent, since when and why. */
@Component({
  selector: 'herald-delivery-pause',
  imports: [Icon, RelativeTime],
  template: `
    <herald-icon name="error" />
    <div class="words">
      <h2>Deliveries are paused</h2>
      <p>
        Noticed <herald-relative-time [at]="pause().since" />: FCM refuses this project or its key.
        {{ pause().message }} <span class="mono">{{ pause().code }}</span>
      </p>
      <p>Nothing is lost. They go on by themselves within a minute after it is mended.</p>
    </div>
  `,
  styleUrl: './delivery-banner.scss',
  styles: `
    :host {
      background: var(--herald-trouble);
    }

    herald-icon {
      color: var(--mat-sys-error);
    }
  `,
  host: { role: 'alert' },
})
export class DeliveryPauseBanner {
  readonly pause = input.required<DeliveryPause>();
}

import { Component, computed, input } from '@angular/core';
import type { DeliveryThrottle } from '@contract';
import { Icon } from '../ui/icon';
import { RelativeTime } from '../ui/relative-time';

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** Says that messages wait for FCM's quota, since when, and until when if that is known. */
@Component({
  selector: 'herald-delivery-throttle',
  imports: [Icon, RelativeTime],
  template: `
    <herald-icon name="clock" />
    <div class="words">
      @if (until(); as until) {
        <h2>Deliveries wait until {{ until }}</h2>
        <p>
          FCM refused a message <herald-relative-time [at]="throttle().since" />, because its quota is
          exceeded. They go on by themselves, more slowly for some minutes.
        </p>
      } @else {
        <h2>Deliveries are throttled</h2>
        <p>
          Since <herald-relative-time [at]="throttle().since" />, messages wait for FCM's quota;
          {{ throttle().per_minute }} a minute go out. Nothing is lost.
        </p>
      }
    </div>
  `,
  styleUrl: './delivery-banner.scss',
  styles: `
    :host {
      background: var(--herald-warn-container);
      color: var(--herald-warn);
    }
  `,
  host: { role: 'status' },
})
export class DeliveryThrottleBanner {
  readonly throttle = input.required<DeliveryThrottle>();

  protected readonly until = computed(() => {
    const { until } = this.throttle();
    return until && TIME.format(new Date(until));
  });
}

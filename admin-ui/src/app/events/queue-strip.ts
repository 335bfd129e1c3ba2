import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Queue } from '../api/queue';
import { formatAge } from '../ui/duration';
import { DeliveryPauseBanner } from './delivery-pause';
import { DeliveryThrottleBanner } from './delivery-throttle';

/** The queue at a glance, live. */
@Component({
  selector: 'herald-queue-strip',
  imports: [DeliveryPauseBanner, DeliveryThrottleBanner, RouterLink],
  templateUrl: './queue-strip.html',
  styleUrl: './queue-strip.scss',
})
export class QueueStrip {
  protected readonly queue = inject(Queue).snapshot;
  protected readonly oldest = computed(() => {
    const age = this.queue()?.oldest_age_ms;
    return age ? formatAge(age) : 'none';
  });
}

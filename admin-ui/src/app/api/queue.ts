import { httpResource } from '@angular/common/http';
import { computed, inject, Service } from '@angular/core';
import type { QueueSnapshot } from '@contract';
import { Live } from './live';

/** The queue's figures: asked for once, then kept by the live stream. */
@Service()
export class Queue {
  private readonly live = inject(Live);
  private readonly asked = httpResource<QueueSnapshot>(() => '/api/admin/queue');

  /** Null until the first figures are there. */
  readonly snapshot = computed(
    () => this.live.queue() ?? (this.asked.hasValue() ? this.asked.value() : null),
  );
}

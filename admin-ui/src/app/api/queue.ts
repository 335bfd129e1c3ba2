import { httpResource } from '@angular/common/http';
import { computed, inject, Service } from '@angular/core';
import type { QueueSnapshot } from '@contract';
import { Live } from './live';
import { Session } from './session';

/** The queue's figures: asked for once in a session, then kept by the live stream. */
@Service()
export class Queue {
  private readonly live = inject(Live);
  private readonly session = inject(Session);
  private readonly isSignedIn = computed(() => this.session.info() !== null);
  private readonly asked = httpResource<QueueSnapshot>(() =>
    this.isSignedIn() ? '/api/admin/queue' : undefined,
  );

  /** Null until the first figures are there. */
  readonly snapshot = computed(
    () => this.live.queue() ?? (this.asked.hasValue() ? this.asked.value() : null),
  );
}

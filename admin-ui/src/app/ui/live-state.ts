import { Component, computed, input } from '@angular/core';

const WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  silent: 'Not updating',
  reconnecting: 'Reconnecting',
} as const;

/** Whether what the page shows is still being kept up to date. */
@Component({
  selector: 'herald-live-state',
  template: `<span class="dot"></span>{{ word() }}`,
  styles: `
    :host {
      display: inline-flex;
      gap: 8px;
      align-items: center;
      color: var(--mat-sys-on-surface-variant);
      font: var(--mat-sys-label-large);
    }

    .dot {
      width: 8px;
      height: 8px;
      border: 2px solid var(--mat-sys-outline);
      border-radius: 50%;
    }

    :host([data-state='live']) .dot {
      border-color: var(--herald-good);
      background: var(--herald-good);
    }

    :host([data-state='silent']),
    :host([data-state='reconnecting']) {
      color: var(--herald-warn);
    }

    :host([data-state='silent']) .dot,
    :host([data-state='reconnecting']) .dot {
      border-color: var(--herald-warn);
      animation: blink 1.2s ease-in-out infinite alternate;
    }

    @keyframes blink {
      to {
        background: var(--herald-warn);
      }
    }
  `,
  host: { role: 'status', '[attr.data-state]': 'state()' },
})
export class LiveStateDot {
  readonly state = input.required<keyof typeof WORDS>();
  protected readonly word = computed(() => WORDS[this.state()]);
}

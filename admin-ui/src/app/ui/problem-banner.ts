import { Component, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from './icon';

/** Says what went wrong and offers to try again. */
@Component({
  selector: 'herald-problem-banner',
  imports: [Icon, MatButton],
  template: `
    <herald-icon name="error" />
    <div class="content">
      <div class="words">
        <h2>{{ problem().heading }}</h2>
        <p>
          {{ problem().message }}
          @if (again()) {
            Trying again by itself.
          }
        </p>
        @if (problem().request_id; as id) {
          <p class="request">
            Request <span class="mono">{{ id }}</span>
          </p>
        }
      </div>
      <button matButton type="button" (click)="retry.emit()">Try now</button>
    </div>
  `,
  styles: `
    :host {
      display: flex;
      gap: 12px;
      align-items: start;
      padding: 14px 16px;
      border-radius: 12px;
      background: var(--herald-trouble);
    }

    herald-icon {
      color: var(--mat-sys-error);
    }

    h2 {
      font: var(--mat-sys-title-small);
      line-height: 20px;
    }

    .content {
      display: flex;
      flex: 1;
      flex-wrap: wrap;
      gap: 4px 12px;
      align-items: center;
    }

    .words {
      display: grid;
      flex: 1 1 260px;
      gap: 2px;
      overflow-wrap: anywhere;
    }

    .request {
      color: var(--mat-sys-on-surface-variant);
      font: var(--mat-sys-body-small);
    }

    /* Below the words its label stands as far to the left as they do. */
    button {
      margin-inline-start: -12px;
    }
  `,
  host: { role: 'alert' },
})
export class ProblemBanner {
  readonly problem = input.required<{ heading: string; message: string; request_id: string | null }>();
  /** Whether somebody already tries again. */
  readonly again = input(false);
  readonly retry = output<void>();
}

import { Component, DOCUMENT, inject } from '@angular/core';
import { CdkCopyToClipboard } from '@angular/cdk/clipboard';
import { MatButton } from '@angular/material/button';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';

/** Before the first event: how to send one. */
@Component({
  selector: 'herald-first-use',
  imports: [CdkCopyToClipboard, EmptyState, Icon, MatButton],
  template: `
    <herald-empty-state icon="inbox" heading="No events yet">
      <p>Post a signed webhook and it shows up here by itself. In a shell that knows the secret:</p>
      <pre class="mono" tabindex="0" aria-label="Commands that post a signed webhook">{{ commands }}</pre>
      <button matButton="tonal" type="button" [cdkCopyToClipboard]="commands">
        <herald-icon matButtonIcon name="copy" />Copy
      </button>
    </herald-empty-state>
  `,
  styles: `
    pre {
      box-sizing: border-box;
      max-width: 100%;
      margin: 4px 0;
      padding: 14px 16px;
      border-radius: 8px;
      background: var(--mat-sys-surface-container);
      color: var(--mat-sys-on-surface);
      line-height: 1.55;
      overflow-x: auto;
      text-align: start;
    }
  `,
})
export class FirstUse {
  private readonly origin = inject(DOCUMENT).location.origin;

  protected readonly commands = [
    `body='{"event_id":"evt_1","order_id":"ord_1","user_id":"user_1"}'`,
    `signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$WEBHOOK_SECRET" -r | cut -d ' ' -f 1)`,
    `curl ${this.origin}/api/webhook/order.created \\`,
    `  -H "x-signature: $signature" -H "x-timestamp: $(date +%s)" -d "$body"`,
  ].join('\n');
}

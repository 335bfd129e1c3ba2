import { Component, input } from '@angular/core';
import type { FcmVerdict, MessagePreview } from '@contract';
import { Chip, type Tone } from '../ui/chip';
import type { IconName } from '../ui/icons';

const VERDICTS: Record<FcmVerdict['outcome'], { word: string; icon: IconName; tone: Tone }> = {
  accepted: { word: 'FCM takes it', icon: 'check', tone: 'good' },
  refused: { word: 'FCM refuses it', icon: 'error', tone: 'bad' },
  unknown: { word: 'FCM did not say', icon: 'help', tone: 'warn' },
};

/** More than so many devices of a user would be much of the same. */
const MOST_SHOWN = 10;

/** What would go to FCM, to whom, and how much of what FCM takes it is. */
@Component({
  selector: 'herald-previewed-messages',
  imports: [Chip],
  template: `
    @for (message of shown(); track $index) {
      <article>
        <p class="head">
          <strong>{{
            message.target ?? 'No device of ' + preview().user_id + ' is in use: a sample'
          }}</strong>
          @if (message.locale) {
            <span>{{ message.locale }}</span>
          }
          <span class="figures" [class.much]="message.bytes > message.max_bytes * 0.9"
            >{{ message.bytes }} of {{ message.max_bytes }} bytes</span
          >
          @if (message.fcm; as said) {
            @let look = verdicts[said.outcome];
            <herald-chip [icon]="look.icon" [tone]="look.tone">{{ look.word }}</herald-chip>
          }
        </p>
        @if (message.fcm?.message; as why) {
          <p class="why">
            <span class="mono">{{ message.fcm.code }}</span> {{ why }}
          </p>
        }
        <pre class="mono" tabindex="0" [attr.aria-label]="'Message to ' + (message.target ?? 'a sample')">{{
          json(message.request)
        }}</pre>
      </article>
    }
    @if (preview().messages.length > most) {
      <p class="more">And {{ preview().messages.length - most }} more devices of this user.</p>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
    }

    article {
      display: grid;
      gap: 8px;
    }

    .head {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 12px;
      align-items: center;
      overflow-wrap: anywhere;
    }

    .head span,
    .more {
      color: var(--mat-sys-on-surface-variant);
    }

    .head .much {
      color: var(--mat-sys-error);
    }

    .why {
      overflow-wrap: anywhere;
    }

    pre {
      max-height: 50vh;
      margin: 0;
      padding: 14px 16px;
      border-radius: 12px;
      background: var(--mat-sys-surface-container);
      line-height: 1.5;
      overflow: auto;
    }
  `,
})
export class PreviewedMessages {
  readonly preview = input.required<MessagePreview>();

  protected readonly most = MOST_SHOWN;
  protected readonly verdicts = VERDICTS;
  protected readonly shown = () => this.preview().messages.slice(0, MOST_SHOWN);
  protected readonly json = (value: unknown) => JSON.stringify(value, null, 2);
}

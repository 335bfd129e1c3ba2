import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import type { FieldProblem, MessagePreview } from '@contract';
import { firstValueFrom } from 'rxjs';
import { MessagesApi } from '../api/messages-api';
import { type Problem, toProblem } from '../api/problem';
import { Icon } from '../ui/icon';
import { type Parsed, parseJson } from './parse-json';
import { PreviewedMessages } from './previewed-messages';

const SAMPLE = { event_id: 'evt_1', user_id: 'alice', order_id: '1001' };

/** How the server names what is wrong with the definition and not with the sample. */
const OURS = /^definition\.?/;

/** What FCM would get of a definition for a sample payload. */
@Component({
  selector: 'herald-preview',
  imports: [Icon, MatButton, MatCheckbox, PreviewedMessages],
  templateUrl: './preview.html',
  styleUrls: ['./editing.scss', './preview.scss'],
  host: { role: 'region', 'aria-labelledby': 'preview' },
})
export class Preview {
  private readonly api = inject(MessagesApi);

  readonly event_type = input.required<string>();
  /** As it is in the editor. */
  readonly text = input.required<string>();
  readonly definition = input.required<Parsed>();
  readonly asked = output<void>();
  /** What is wrong with the definition. */
  readonly refused = output<FieldProblem[]>();

  protected readonly payload = signal(JSON.stringify(SAMPLE, null, 2));
  protected readonly locale = signal('');
  protected readonly validate = signal(false);
  protected readonly isBusy = signal(false);
  /** What is wrong with the sample. */
  protected readonly problems = signal<readonly string[]>([]);
  protected readonly preview = signal<MessagePreview | null>(null);
  /** What the preview was asked for with. */
  private readonly previewed = signal('');
  /** What one would ask for now. */
  private readonly asking = computed(() =>
    JSON.stringify([this.text(), this.payload(), this.locale(), this.validate()]),
  );
  protected readonly isOutdated = computed(() => this.previewed() !== this.asking());

  protected async show(): Promise<void> {
    if (this.isBusy()) return;
    this.preview.set(null);
    this.previewed.set(this.asking());
    this.problems.set([]);
    this.asked.emit();
    const definition = this.definition();
    if (!definition.ok) return;
    const payload = parseJson(this.payload());
    if (!payload.ok) return this.problems.set([payload.problem]);
    const question = {
      definition: definition.value,
      payload: payload.value,
      validate: this.validate(),
      ...(this.locale() && { locale: this.locale() }),
    };
    this.isBusy.set(true);
    try {
      this.preview.set(await firstValueFrom(this.api.preview(this.event_type(), question)));
    } catch (error) {
      this.tell(toProblem(error));
    } finally {
      this.isBusy.set(false);
    }
  }

  protected valueOf(event: Event): string {
    return (event.target as HTMLTextAreaElement | HTMLInputElement).value;
  }

  private tell({ message, details }: Problem): void {
    if (details.length === 0) return this.problems.set([message]);
    const isOurs = ({ field }: FieldProblem) => OURS.test(field);
    this.refused.emit(
      details.filter(isOurs).map(({ field, message }) => ({ field: field.replace(OURS, ''), message })),
    );
    const others = details.filter((each) => !isOurs(each));
    this.problems.set(others.map(({ field, message }) => [field, message].filter(Boolean).join(': ')));
  }
}

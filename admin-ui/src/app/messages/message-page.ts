import {
  afterRenderEffect,
  Component,
  computed,
  ElementRef,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { MatSnackBar } from '@angular/material/snack-bar';
import { RouterLink } from '@angular/router';
import type { FieldProblem, MessageDetail, MessageVersion } from '@contract';
import { firstValueFrom } from 'rxjs';
import { keptProblem, keptValue } from '../api/kept';
import { MessagesApi } from '../api/messages-api';
import { mayPass, type Problem, toProblem } from '../api/problem';
import { retryWhileAway } from '../api/retry-while-away';
import { Icon } from '../ui/icon';
import { ProblemBanner } from '../ui/problem-banner';
import { RelativeTime } from '../ui/relative-time';
import { forgetDraft, keepDraft, keptDraft, type Draft } from './drafts';
import { LeaveQuestion } from './leave-question';
import { lineOfField } from './line-of-field';
import { ORIGINS } from './origin';
import { parseJson } from './parse-json';
import { Preview } from './preview';

/** What a type that nobody has defined begins with. */
const DRAFT = { title: '', body: '', target: { user: '{{ user_id }}' } };

/** Something wrong with the definition, and the line it stands in. */
interface LineProblem {
  line: number;
  text: string;
}

/** The definition of one event type: its text, what is wrong with it, what it would send, and what it was before. */
@Component({
  selector: 'herald-message-page',
  imports: [Icon, MatButton, Preview, ProblemBanner, RelativeTime, RouterLink],
  templateUrl: './message-page.html',
  styleUrls: ['./editing.scss', './message-page.scss'],
  host: { '(window:beforeunload)': 'warn($event)' },
})
export class MessagePage {
  private readonly api = inject(MessagesApi);
  private readonly dialog = inject(MatDialog);
  private readonly snackBar = inject(MatSnackBar);
  private readonly heading = viewChild.required<ElementRef<HTMLElement>>('heading');
  private readonly editor = viewChild<ElementRef<HTMLTextAreaElement>>('editor');
  private readonly takeAway = viewChild('takeAway', { read: ElementRef<HTMLElement> });
  private readonly keepIt = viewChild('keepIt', { read: ElementRef<HTMLElement> });

  readonly event_type = input.required<string>();

  private readonly resource = this.api.one(this.event_type);
  private readonly versionsResource = this.api.versions(this.event_type);
  private readonly failure = keptProblem(this.resource);

  protected readonly isNew = computed(() => this.failure()?.status === 404);
  /** A type without a definition is no trouble: it is what one comes for. */
  protected readonly trouble = computed(() => (this.isNew() ? null : this.failure()));
  protected readonly detail = keptValue(() => (this.resource.hasValue() ? this.resource.value() : undefined));
  protected readonly versions = keptValue(() =>
    this.versionsResource.hasValue() ? this.versionsResource.value()?.items : undefined,
  );
  protected readonly origin = computed(() => {
    const detail = this.detail();
    return detail && ORIGINS[detail.origin];
  });
  private readonly inForce = computed(() => shown(this.detail()?.definition ?? DRAFT));

  /** The version that is stored; null when none is. */
  private readonly stored = computed(() => (this.isNew() ? null : (this.detail()?.version ?? null)));
  /** What is in the editor; what is loaded anew takes the place of what was there, unless that is not saved yet. */
  private readonly draft = linkedSignal<Draft>(() => {
    const loaded = { text: this.inForce(), version: this.stored() };
    return keptDraft(this.event_type()) ?? loaded;
  });

  protected readonly text = computed(() => this.draft().text);
  protected readonly parsed = computed(() => parseJson(this.text()));
  protected readonly isChanged = computed(() => this.isNew() || this.text() !== this.inForce());
  protected readonly isBusy = signal(false);
  protected readonly problems = signal<readonly LineProblem[]>([]);
  protected readonly conflict = signal(false);
  /** Whether one is being asked if it is to be taken away. */
  protected readonly isWithdrawing = signal(false);
  /** Only what is stored can be taken away: the file and what is built in stay. */
  protected readonly canWithdraw = computed(() => !this.isNew() && this.detail()?.origin === 'redis');
  protected readonly mayPass = mayPass;

  constructor() {
    retryWhileAway(this.trouble, () => this.reload());
    // The question takes the focus, on the answer that changes nothing.
    afterRenderEffect(() => this.keepIt()?.nativeElement.focus());
  }

  /** Whether one may leave for `address`. An unsaved text outlives the end of a session; else it is given up when one says so. */
  async mayLeave(address: string): Promise<boolean> {
    if (!this.isUnsaved() || address.startsWith('/sign-in')) return true;
    const question = this.dialog.open(LeaveQuestion, { width: '400px', data: this.event_type() });
    const isGivenUp = (await firstValueFrom(question.afterClosed())) === true;
    if (isGivenUp) forgetDraft(this.event_type());
    return isGivenUp;
  }

  /** The browser asks in words of its own. */
  protected warn(event: BeforeUnloadEvent): void {
    if (this.isUnsaved()) event.preventDefault();
  }

  protected write(text: string): void {
    this.begin({ text, version: this.draft().version });
  }

  protected takeTheirs(): void {
    this.begin({ text: this.inForce(), version: this.stored() });
    this.reload();
    this.editor()?.nativeElement.focus();
  }

  protected async saveMine(): Promise<void> {
    await this.save(true);
    this.editor()?.nativeElement.focus();
  }

  protected keep(): void {
    this.isWithdrawing.set(false);
    this.takeAway()?.nativeElement.focus();
  }

  protected reload(): void {
    this.conflict.set(false);
    this.resource.reload();
    this.versionsResource.reload();
  }

  /** `over`: also over a version that nobody has looked at here. */
  protected async save(over = false): Promise<void> {
    const { text, version } = this.draft();
    const definition = this.parsed();
    this.tellText();
    if (!definition.ok) return;
    const saving = async () => {
      const seen = over ? await this.newest() : version;
      const saved = await firstValueFrom(this.api.define(this.event_type(), definition.value, seen));
      this.goOnFrom(saved.version, text);
      this.conflict.set(false);
      this.reload();
      this.say(`${saved.event_type} is in force everywhere within a second`);
    };
    await this.attempt(saving, (problem) => this.tellSaving(problem));
  }

  protected async withdraw(): Promise<void> {
    const seen = this.stored();
    if (seen === null) return;
    const withdrawing = async () => {
      await firstValueFrom(this.api.withdraw(this.event_type(), seen));
      this.goOnFrom(null, this.inForce());
      this.say(`${this.event_type()} is taken away; its versions are kept for 30 days`);
    };
    await this.attempt(withdrawing, (problem) => this.say(notWithdrawn(problem)));
    this.isWithdrawing.set(false);
    this.heading().nativeElement.focus();
    this.reload();
  }

  /** Puts an earlier version into the editor; it is in force once it is saved. */
  protected restore({ definition }: MessageVersion): void {
    this.write(shown(definition));
    this.problems.set([]);
    this.editor()?.nativeElement.focus();
  }

  /** Says in which line the text is no JSON, if it is none. */
  protected tellText(): void {
    const parsed = this.parsed();
    this.problems.set(parsed.ok ? [] : [{ line: parsed.line, text: parsed.problem }]);
  }

  protected tell(problems: readonly FieldProblem[]): void {
    this.problems.set(problems.map((each) => this.placed(each)));
  }

  protected goTo(line: number): void {
    const field = this.editor()?.nativeElement;
    if (!field) return;
    const lines = this.text().split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
    field.focus();
    field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  }

  protected valueOf(event: Event): string {
    return (event.target as HTMLTextAreaElement).value;
  }

  private isUnsaved(): boolean {
    return keptDraft(this.event_type()) !== null;
  }

  private begin(draft: Draft): void {
    this.draft.set(draft);
    if (draft.text === this.inForce()) forgetDraft(this.event_type());
    else keepDraft(this.event_type(), draft);
  }

  /** `version` is stored now, and `text` needs no keeping; what was written while we asked does. */
  private goOnFrom(version: number | null, text: string): void {
    this.draft.update((draft) => ({ ...draft, version }));
    if (this.text() === text) forgetDraft(this.event_type());
    else keepDraft(this.event_type(), this.draft());
  }

  private async attempt(run: () => Promise<void>, tell: (problem: Problem) => void): Promise<void> {
    if (this.isBusy()) return;
    this.isBusy.set(true);
    this.problems.set([]);
    try {
      await run();
    } catch (error) {
      tell(toProblem(error));
    } finally {
      this.isBusy.set(false);
    }
  }

  private async newest(): Promise<number | null> {
    const { items } = await firstValueFrom(this.api.history(this.event_type()));
    const [newest] = items;
    return newest?.definition ? newest.version : null;
  }

  private tellSaving(problem: Problem): void {
    if (problem.code === 'version_conflict') this.conflict.set(true);
    else if (problem.details.length > 0) this.tell(problem.details);
    else this.say(`Not saved. ${problem.heading}: ${problem.message}`);
  }

  private placed({ field, message }: FieldProblem): LineProblem {
    return { line: lineOfField(this.text(), field), text: [field, message].filter(Boolean).join(': ') };
  }

  private say(message: string): void {
    this.snackBar.open(message, 'Dismiss', { duration: 6_000, politeness: 'polite' });
  }
}

function notWithdrawn({ code, heading, message }: Problem): string {
  return code === 'version_conflict'
    ? 'Not taken away: somebody else has changed it meanwhile'
    : `Not taken away. ${heading}: ${message}`;
}

function shown(value: MessageDetail['definition'] | object | null): string {
  return JSON.stringify(value, null, 2);
}

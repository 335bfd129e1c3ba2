import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatTableModule } from '@angular/material/table';
import { Router, RouterLink } from '@angular/router';
import type { MessageInfo } from '@contract';
import { keptProblem, keptValue } from '../api/kept';
import { MessagesApi } from '../api/messages-api';
import { mayPass } from '../api/problem';
import { retryWhileAway } from '../api/retry-while-away';
import { ProblemBanner } from '../ui/problem-banner';
import { RelativeTime } from '../ui/relative-time';
import { ORIGINS, TARGETS } from './origin';

/** Every event type with a definition, and the way to a new one. */
@Component({
  selector: 'herald-message-list',
  imports: [
    MatButton,
    MatFormField,
    MatInput,
    MatLabel,
    MatTableModule,
    ProblemBanner,
    RelativeTime,
    RouterLink,
  ],
  templateUrl: './message-list.html',
  styleUrl: './message-list.scss',
})
export class MessageListPage {
  private readonly router = inject(Router);
  private readonly resource = inject(MessagesApi).list();

  protected readonly items = keptValue(() =>
    this.resource.hasValue() ? this.resource.value()?.items : undefined,
  );
  protected readonly problem = keptProblem(this.resource);
  protected readonly count = computed(() => this.items()?.length ?? 0);
  protected readonly columns = ['type', 'target', 'origin', 'version', 'changed'];
  protected readonly mayPass = mayPass;
  protected readonly track = (_index: number, message: MessageInfo) => message.event_type;
  /** What a cell is given has no type. */
  protected readonly originOf = ({ origin }: MessageInfo) => ORIGINS[origin];
  protected readonly targetOf = ({ target }: MessageInfo) => TARGETS[target];

  constructor() {
    retryWhileAway(this.problem, () => this.reload());
  }

  protected reload(): void {
    this.resource.reload();
  }

  protected define(event: Event, field: HTMLInputElement): void {
    event.preventDefault();
    const type = field.value.trim();
    if (type) void this.router.navigate(['/messages', type]);
  }
}

import { Component, type ElementRef, inject, input, signal, viewChild } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatFormField, MatHint, MatLabel, MatSuffix } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router } from '@angular/router';
import { type Problem, toProblem } from '../api/problem';
import { Session } from '../api/session';
import { Icon } from '../ui/icon';

/** Exchanges the admin token for a session. */
@Component({
  selector: 'herald-sign-in',
  imports: [Icon, MatButton, MatFormField, MatHint, MatIconButton, MatInput, MatLabel, MatSuffix],
  templateUrl: './sign-in.html',
  styleUrl: './sign-in.scss',
})
export class SignIn {
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('token');

  /** Where the visitor wanted to go. */
  readonly return = input<string>();
  protected readonly hasEnded = this.session.hasEnded;
  protected readonly shown = signal(false);
  protected readonly busy = signal(false);
  protected readonly refusal = signal<string | null>(null);

  protected async signIn(event: Event): Promise<void> {
    event.preventDefault();
    const field = this.field().nativeElement;
    const token = field.value.trim();
    if (this.busy()) return;
    if (token === '') return this.refuse('Paste the admin token first.');
    this.busy.set(true);
    this.refusal.set(null);
    try {
      await this.session.signIn(token);
      await this.router.navigateByUrl(this.return() ?? '/events', { replaceUrl: true });
    } catch (error) {
      this.refuse(explain(toProblem(error)));
    } finally {
      this.busy.set(false);
    }
  }

  private refuse(why: string): void {
    this.refusal.set(why);
    this.field().nativeElement.focus();
    this.field().nativeElement.select();
  }
}

function explain(problem: Problem): string {
  switch (problem.status) {
    case 400:
    case 401:
      return 'That is not the admin token. Check that all of it was copied.';
    case 429:
      return `Too many tries from this address. Wait ${waitWords(problem.retry_after_s)} and try again.`;
    case 0:
      return `${problem.heading}. ${problem.message}`;
    default:
      return `${problem.heading}: ${problem.message}`;
  }
}

function waitWords(seconds: number | null): string {
  return seconds === null ? 'a minute' : `${seconds} s`;
}

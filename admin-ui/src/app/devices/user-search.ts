import {
  Component,
  type ElementRef,
  effect,
  inject,
  input,
  output,
  untracked,
  viewChild,
} from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatLabel, MatPrefix } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router } from '@angular/router';
import { Icon } from '../ui/icon';

/** Whose devices to show. It reads from the address and writes to it; a user id is looked up as a whole, not as it is typed. */
@Component({
  selector: 'herald-user-search',
  imports: [Icon, MatButton, MatFormField, MatInput, MatLabel, MatPrefix],
  template: `
    <form role="search" (submit)="search($event)">
      <mat-form-field appearance="outline" subscriptSizing="dynamic">
        <mat-label>User id</mat-label>
        <herald-icon matPrefix name="search" />
        <input
          #field
          matInput
          class="mono"
          type="text"
          inputmode="search"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          maxlength="128"
          aria-keyshortcuts="/"
        />
      </mat-form-field>
      <button matButton="tonal" type="submit">Show devices</button>
    </form>
  `,
  styles: `
    form {
      display: flex;
      flex-wrap: wrap;
      gap: 12px 16px;
      align-items: center;
    }

    mat-form-field {
      flex: 0 1 340px;
      min-width: 160px;
    }

    herald-icon[matPrefix] {
      margin-inline: 12px 8px;
      color: var(--mat-sys-on-surface-variant);
    }

    @media (width < 720px) {
      mat-form-field {
        flex: 1 1 0;
      }
    }
  `,
})
export class UserSearch {
  private readonly router = inject(Router);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  readonly user_id = input.required<string>();
  /** The same user is asked for again: the address stays, and no request comes of it by itself. */
  readonly again = output<void>();

  constructor() {
    effect(() => {
      const id = this.user_id();
      untracked(this.field).nativeElement.value = id;
    });
  }

  focus(): void {
    this.field().nativeElement.focus();
    this.field().nativeElement.select();
  }

  protected search(event: Event): void {
    event.preventDefault();
    const user_id = this.field().nativeElement.value.trim();
    if (user_id === this.user_id()) this.again.emit();
    void this.router.navigate([], { queryParams: { user_id: user_id || null } });
  }
}

import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox, type MatCheckboxChange } from '@angular/material/checkbox';
import { MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle } from '@angular/material/dialog';
import { SHORTCUTS_ON, rememberShortcuts } from './shortcuts';

/** Which keys do what, and the switch to turn them off. */
@Component({
  selector: 'herald-shortcut-help',
  imports: [MatButton, MatCheckbox, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle],
  template: `
    <h2 matDialogTitle>Keyboard</h2>
    <mat-dialog-content>
      <dl>
        <dt><kbd>/</kbd></dt>
        <dd>Search by event id</dd>
        <dt><kbd>j</kbd> <kbd>k</kbd></dt>
        <dd>Next, previous event; the arrow keys do the same</dd>
        <dt><kbd>Enter</kbd></dt>
        <dd>Open the event</dd>
        <dt><kbd>r</kbd></dt>
        <dd>Replay the event</dd>
        <dt><kbd>?</kbd></dt>
        <dd>This help</dd>
      </dl>
      <mat-checkbox [checked]="on()" (change)="toggle($event)">Single keys work</mat-checkbox>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton type="button" matDialogClose>Close</button>
    </mat-dialog-actions>
  `,
  styles: `
    dl {
      display: grid;
      grid-template-columns: max-content 1fr;
      gap: 12px 20px;
      align-items: baseline;
      margin-block: 4px 16px;
    }

    dt {
      display: flex;
      gap: 6px;
    }
  `,
})
export class ShortcutHelp {
  protected readonly on = inject(SHORTCUTS_ON);

  protected toggle({ checked }: MatCheckboxChange): void {
    this.on.set(checked);
    rememberShortcuts(checked);
  }
}

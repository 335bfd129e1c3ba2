import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogTitle,
} from '@angular/material/dialog';

/** Asked before what somebody has written is given up. Closes with true when it may be. */
@Component({
  selector: 'herald-leave-question',
  imports: [MatButton, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle],
  template: `
    <h2 matDialogTitle>Leave without saving?</h2>
    <mat-dialog-content>
      What you have changed in the definition of <span class="mono">{{ type }}</span> is not saved.
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton type="button" [matDialogClose]="false">Stay</button>
      <button matButton type="button" [matDialogClose]="true">Discard it</button>
    </mat-dialog-actions>
  `,
  styles: `
    mat-dialog-content {
      overflow-wrap: anywhere;
    }
  `,
})
export class LeaveQuestion {
  protected readonly type = inject<string>(MAT_DIALOG_DATA);
}

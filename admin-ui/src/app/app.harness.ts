import { ComponentHarness } from '@angular/cdk/testing';
import { MatSnackBarHarness } from '@angular/material/snack-bar/testing';

/** The frame around every page. */
export class AppHarness extends ComponentHarness {
  static readonly hostSelector = '.app-bar';

  /** What the bar says about deliveries, or null. */
  async mode(): Promise<string | null> {
    const note = await this.locatorForOptional('.mode')();
    return note && note.text();
  }

  async signOut(): Promise<void> {
    await (await this.locatorFor('button[aria-label="Sign out"]')()).click();
  }

  /** What the snack bar says, or null. */
  async snackBar(): Promise<string | null> {
    const snackBar = await this.documentRootLocatorFactory().locatorForOptional(MatSnackBarHarness)();
    return snackBar && snackBar.getMessage();
  }

  async actOnSnackBar(): Promise<void> {
    await (await this.documentRootLocatorFactory().locatorFor(MatSnackBarHarness)()).dismissWithAction();
  }

  /** What the snack bar says to who listens instead of looking; a moment after it is shown. */
  async announced(): Promise<string> {
    const region = 'mat-snack-bar-container [aria-live=polite] .mat-mdc-snack-bar-label';
    const element = await this.documentRootLocatorFactory().locatorForOptional(region)();
    return element ? element.text() : '';
  }
}

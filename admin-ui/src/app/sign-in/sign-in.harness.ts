import { ComponentHarness } from '@angular/cdk/testing';

/** The sign-in page. */
export class SignInHarness extends ComponentHarness {
  static readonly hostSelector = 'herald-sign-in';

  private readonly field = this.locatorFor('input');

  async signInWith(token: string): Promise<void> {
    await (await this.field()).setInputValue(token);
    await (await this.locatorFor('form')()).dispatchEvent('submit');
  }

  /** What one is asked to do, and why. */
  async lead(): Promise<string> {
    return (await this.locatorFor('.lead')()).text();
  }

  /** Why we were not let in; empty when nothing is said. */
  async refusal(): Promise<string> {
    return (await this.locatorFor('[role=alert]')()).text();
  }

  async isTokenShown(): Promise<boolean> {
    return (await (await this.field()).getAttribute('type')) === 'text';
  }

  async toggleToken(): Promise<void> {
    await (await this.locatorFor('button[aria-label="Show the token"]')()).click();
  }
}

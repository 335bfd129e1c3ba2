import { ComponentHarness } from '@angular/cdk/testing';
import { MatButtonHarness } from '@angular/material/button/testing';

/** The devices of a user, as somebody in front of it uses it. */
export class UserDevicesHarness extends ComponentHarness {
  static readonly hostSelector = 'herald-user-devices';

  private readonly field = this.locatorFor('input');

  /** The cells of each row by column, in words. */
  async rows(): Promise<Record<string, string>[]> {
    const columns = ['state', 'device', 'platform', 'version', 'locale', 'seen', 'result', 'restore'];
    const cells = await Promise.all(columns.map((column) => this.texts(`td.mat-column-${column}`)));
    return cells[0]!.map((_, row) =>
      Object.fromEntries(columns.map((column, at) => [column, cells[at]![row]!])),
    );
  }

  async count(): Promise<string | null> {
    return this.textOf('.count');
  }

  async searchText(): Promise<string> {
    return (await this.field()).getProperty('value');
  }

  async search(userId: string): Promise<void> {
    const field = await this.field();
    await field.clear();
    await field.sendKeys(userId);
    await this.press(/Show devices/);
  }

  async restore(): Promise<void> {
    await this.press(/Restore/);
  }

  async next(): Promise<void> {
    await this.press(/Next/);
  }

  async previous(): Promise<void> {
    await this.press(/Previous/);
  }

  /** What it says when pruning was stopped, or null. */
  async stopped(): Promise<string | null> {
    return this.textOf('.stopped');
  }

  async problem(): Promise<string | null> {
    return this.textOf('herald-problem-banner');
  }

  async emptyState(): Promise<string | null> {
    return this.textOf('herald-empty-state');
  }

  async isLoading(): Promise<boolean> {
    return (await this.locatorForOptional('[aria-label="Loading the devices"]')()) !== null;
  }

  private async press(text: RegExp): Promise<void> {
    await (await this.locatorFor(MatButtonHarness.with({ text }))()).click();
  }

  private async texts(selector: string): Promise<string[]> {
    const elements = await this.locatorForAll(selector)();
    return Promise.all(elements.map((element) => element.text()));
  }

  private async textOf(selector: string): Promise<string | null> {
    const element = await this.locatorForOptional(selector)();
    return element && element.text();
  }
}

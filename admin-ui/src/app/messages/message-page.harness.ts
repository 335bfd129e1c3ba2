import { ComponentHarness } from '@angular/cdk/testing';
import { MatButtonHarness } from '@angular/material/button/testing';
import { MatCheckboxHarness } from '@angular/material/checkbox/testing';

/** The definition of an event type, as somebody in front of it uses it. */
export class MessagePageHarness extends ComponentHarness {
  static readonly hostSelector = 'herald-message-page';

  private readonly editor = this.locatorFor('textarea[aria-labelledby="definition"]');

  async text(): Promise<string> {
    return (await this.editor()).getProperty('value');
  }

  async write(text: string): Promise<void> {
    return this.fill('textarea[aria-labelledby="definition"]', text);
  }

  async facts(): Promise<string | null> {
    return this.textOf('.facts');
  }

  async canSave(): Promise<boolean> {
    return !(await (await this.button('Save')).isDisabled());
  }

  async press(text: string | RegExp): Promise<void> {
    await (await this.button(text)).click();
  }

  /** Each problem, with its line if it has one. */
  async problems(): Promise<string[]> {
    return this.texts('.problems li');
  }

  /** What one has to decide: whose change stays, or whether all goes. */
  async question(): Promise<string | null> {
    return this.textOf('.question');
  }

  /** What the buttons say. */
  async buttons(): Promise<string[]> {
    const buttons = await this.locatorForAll(MatButtonHarness)();
    return Promise.all(buttons.map((button) => button.getText()));
  }

  async versions(): Promise<string[]> {
    return this.texts('.versions li');
  }

  async sample(text: string): Promise<void> {
    return this.fill('#payload', text);
  }

  async locale(text: string): Promise<void> {
    return this.fill('#locale', text);
  }

  async haveFcmCheck(): Promise<void> {
    await (await this.locatorFor(MatCheckboxHarness)()).check();
  }

  async previewed(): Promise<{ head: string; json: string }[]> {
    const [heads, jsons] = await Promise.all([this.texts('article .head'), this.texts('article pre')]);
    return heads.map((head, index) => ({ head, json: jsons[index]! }));
  }

  /** Whether what is previewed is said to be no longer what one would get. */
  async isPreviewOutdated(): Promise<boolean> {
    return (await this.textOf('.outdated')) !== null;
  }

  async problem(): Promise<string | null> {
    return this.textOf('herald-problem-banner');
  }

  private async button(text: string | RegExp): Promise<MatButtonHarness> {
    return this.locatorFor(MatButtonHarness.with({ text }))();
  }

  private async fill(selector: string, text: string): Promise<void> {
    const field = await this.locatorFor(selector)();
    await field.setInputValue(text);
    await field.dispatchEvent('input');
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

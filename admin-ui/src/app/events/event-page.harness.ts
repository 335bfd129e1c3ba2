import { ComponentHarness } from '@angular/cdk/testing';
import { MatButtonHarness } from '@angular/material/button/testing';

/** The page of one event, as somebody in front of it uses it. */
export class EventPageHarness extends ComponentHarness {
  static readonly hostSelector = 'herald-event-page';

  private readonly replayButton = this.locatorFor(MatButtonHarness.with({ text: /Replay/ }));

  async heading(): Promise<string> {
    return this.text('h1');
  }

  async status(): Promise<string> {
    return this.text('herald-status-chip');
  }

  async payload(): Promise<string> {
    return this.text('pre');
  }

  async headers(): Promise<string> {
    return this.text('.headers');
  }

  /** The steps of the history, newest first. */
  async history(): Promise<string[]> {
    const steps = await this.locatorForAll('herald-event-history li')();
    return Promise.all(steps.map((step) => step.text()));
  }

  async replay(): Promise<void> {
    await (await this.replayButton()).click();
  }

  async canReplay(): Promise<boolean> {
    return !(await (await this.replayButton()).isDisabled());
  }

  /** Text of the problem banner, or null. */
  async problem(): Promise<string | null> {
    const banner = await this.locatorForOptional('herald-problem-banner')();
    return banner && banner.text();
  }

  async emptyState(): Promise<string | null> {
    const empty = await this.locatorForOptional('herald-empty-state')();
    return empty && empty.text();
  }

  async isLoading(): Promise<boolean> {
    return (await this.locatorForOptional('[aria-label="Loading the event"]')()) !== null;
  }

  private async text(selector: string): Promise<string> {
    return (await this.locatorFor(selector)()).text();
  }
}

import { ComponentHarness } from '@angular/cdk/testing';
import { MatChipListboxHarness } from '@angular/material/chips/testing';

export interface RowTexts {
  status: string;
  id: string;
  type: string;
  user: string;
  attempts: string;
  age: string;
  error: string;
}

/** The list of events, as somebody in front of it uses it. */
export class EventListHarness extends ComponentHarness {
  static readonly hostSelector = 'herald-event-list';

  private readonly search = this.locatorFor('input[inputmode=search]');
  private readonly chips = this.locatorFor(MatChipListboxHarness);

  async ids(): Promise<string[]> {
    return this.texts('td.mat-column-id');
  }

  async statuses(): Promise<string[]> {
    return this.texts('td.mat-column-status');
  }

  async row(index: number): Promise<RowTexts> {
    const cell = async (column: string) => (await this.texts(`td.mat-column-${column}`))[index] ?? '';
    return {
      status: await cell('status'),
      id: await cell('id'),
      type: await cell('type'),
      user: await cell('user'),
      attempts: await cell('attempts'),
      age: await cell('age'),
      error: await cell('error'),
    };
  }

  /** Id of the event whose row has the focus. */
  async focusedId(): Promise<string | null> {
    for (const link of await this.locatorForAll('a.id')()) {
      if (await link.isFocused()) return link.text();
    }
    return null;
  }

  /** What is said of deliveries that pause; null while they do not. */
  async pause(): Promise<string | null> {
    return (await (await this.locatorForOptional('herald-delivery-pause')())?.text()) ?? null;
  }

  /** What is said of messages that wait for FCM's quota; null while none does. */
  async throttle(): Promise<string | null> {
    return (await (await this.locatorForOptional('herald-delivery-throttle')())?.text()) ?? null;
  }

  async replay(eventId: string): Promise<void> {
    await (await this.locatorFor(`button[aria-label="Replay ${eventId}"]`)()).click();
  }

  async canReplay(eventId: string): Promise<boolean> {
    return (await this.locatorForOptional(`button[aria-label="Replay ${eventId}"]`)()) !== null;
  }

  async searchFor(text: string): Promise<void> {
    const input = await this.search();
    await input.clear();
    await input.sendKeys(text);
  }

  async clearSearch(): Promise<void> {
    await (await this.locatorFor('button[aria-label="Clear the search"]')()).click();
  }

  async searchText(): Promise<string> {
    return (await this.search()).getProperty<string>('value');
  }

  async isSearchFocused(): Promise<boolean> {
    return (await this.search()).isFocused();
  }

  async toggleStatus(word: string): Promise<void> {
    await (await this.chips()).selectChips({ text: word });
  }

  async chosenStatuses(): Promise<string[]> {
    const chosen = await (await this.chips()).getChips({ selected: true });
    return Promise.all(chosen.map((chip) => chip.getText()));
  }

  /** Text of the problem banner, or null. */
  async problem(): Promise<string | null> {
    const banner = await this.locatorForOptional('herald-problem-banner')();
    return banner && banner.text();
  }

  async tryNow(): Promise<void> {
    await (await this.locatorFor('herald-problem-banner button')()).click();
  }

  /** Text of what stands in place of rows, or null. */
  async emptyState(): Promise<string | null> {
    const empty = await this.locatorForOptional('herald-empty-state')();
    return empty && empty.text();
  }

  async clickInEmptyState(): Promise<void> {
    await (await this.locatorFor('herald-empty-state .mat-mdc-button-base')()).click();
  }

  async isLoading(): Promise<boolean> {
    return (await this.locatorForOptional('[aria-label="Loading events"]')()) !== null;
  }

  async turnTo(page: 'Newest' | 'Previous' | 'Next'): Promise<void> {
    for (const button of await this.locatorForAll('nav .mat-mdc-button-base')()) {
      if ((await button.text()).includes(page)) return button.click();
    }
    throw new Error(`There is no ${page}`);
  }

  async figure(name: string): Promise<string> {
    return (await this.locatorFor(`[data-figure=${name}]`)()).text();
  }

  async linksToFailed(): Promise<boolean> {
    return (await this.locatorForOptional('[data-figure=failed] a')()) !== null;
  }

  async liveState(): Promise<string> {
    return (await this.locatorFor('herald-live-state')()).text();
  }

  private async texts(selector: string): Promise<string[]> {
    const cells = await this.locatorForAll(selector)();
    return Promise.all(cells.map((cell) => cell.text()));
  }
}

import { TestBed } from '@angular/core/testing';
import { EVENT_STATUSES } from '@contract';
import { StatusChip } from './status-chip';

describe('a status chip', () => {
  const shown = EVENT_STATUSES.map((status) => {
    return { status, chip: () => chipOf(status) };
  });

  it.each(shown)('says $status with a word and an icon', async ({ status, chip }) => {
    const element = await chip();

    expect(element.textContent.trim().toLowerCase()).toBe(status);
    expect(element.querySelector('path')?.getAttribute('d')).toBeTruthy();
    expect(element.dataset['status']).toBe(status);
  });

  it('gives each status an icon of its own', async () => {
    const icons = new Set<string | null | undefined>();
    for (const { chip } of shown) icons.add((await chip()).querySelector('path')?.getAttribute('d'));

    expect(icons.size).toBe(EVENT_STATUSES.length);
  });
});

async function chipOf(status: string): Promise<HTMLElement> {
  const fixture = TestBed.createComponent(StatusChip);
  fixture.componentRef.setInput('status', status);
  await fixture.whenStable();
  return fixture.nativeElement as HTMLElement;
}

import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NOW } from './now';
import { RelativeTime } from './relative-time';

describe('a relative time', () => {
  it('counts on with the clock, be it slow, and keeps the exact time', async () => {
    const now = signal(Date.parse('2026-11-23T12:00:05Z'));
    TestBed.configureTestingModule({ providers: [{ provide: NOW, useValue: now }] });
    const fixture = TestBed.createComponent(RelativeTime);
    fixture.componentRef.setInput('at', '2026-11-23T12:00:00Z');
    await fixture.whenStable();
    const time = (fixture.nativeElement as HTMLElement).querySelector('time');

    expect(time?.textContent).toBe('5 s ago');
    expect(time?.dateTime).toBe('2026-11-23T12:00:00Z');
    expect(time?.title).toContain('2026');

    now.update((ms) => ms + 120_000);
    await fixture.whenStable();

    expect(time?.textContent).toBe('2 min ago');

    now.update((ms) => ms - 480_000);
    await fixture.whenStable();

    expect(time?.textContent).toBe('just now');
  });
});

import { type ComponentHarness, type ComponentHarnessConstructor } from '@angular/cdk/testing';
import { TestbedHarnessEnvironment } from '@angular/cdk/testing/testbed';
import { Location } from '@angular/common';
import { HttpBackend } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';
import { App } from '../app';
import { appConfig } from '../app.config';
import { EVENT_SOURCE } from '../api/live';
import { FakeApi, ok } from '../api/testing/fake-api';
import { FakeLive } from '../api/testing/fake-live';
import { queue, session } from '../api/testing/samples';

/** The whole console as `main.ts` starts it, with a fake network. */
export interface Console {
  api: FakeApi;
  live: FakeLive;
  /** The address, without the base. */
  address(): string;
  goTo(address: string): Promise<void>;
  harness<T extends ComponentHarness>(type: ComponentHarnessConstructor<T>): Promise<T>;
  /** A key pressed wherever the focus is. */
  press(key: string): void;
}

/** A server that knows us and has no events; a test says what is different. */
export function fakeApi(): FakeApi {
  return new FakeApi()
    .on('GET /api/admin/session', () => ok(session))
    .on('GET /api/admin/queue', () => ok(queue))
    .on('GET /api/admin/events', () => ok({ items: [], next_cursor: null }));
}

export async function startConsole(api: FakeApi, address: string): Promise<Console> {
  const live = new FakeLive();
  TestBed.configureTestingModule({
    providers: [
      ...appConfig.providers,
      { provide: HttpBackend, useValue: api },
      { provide: EVENT_SOURCE, useValue: live.open },
    ],
  });
  const fixture = TestBed.createComponent(App);
  document.body.append(fixture.nativeElement as HTMLElement);
  const loader = TestbedHarnessEnvironment.documentRootLoader(fixture);
  const goTo = async (to: string) => {
    await TestBed.inject(Router).navigateByUrl(to);
    fixture.detectChanges();
  };
  await goTo(address);
  return {
    api,
    live,
    address: () => TestBed.inject(Location).path(),
    goTo,
    harness: (type) => loader.getHarness(type),
    press: (key) => {
      const target = document.activeElement ?? document.body;
      target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    },
  };
}

/** Waits until `condition` holds; fails with what it last was. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 4_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

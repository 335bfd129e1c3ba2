import { DOCUMENT, Location } from '@angular/common';
import { inject, InjectionToken, Injector, Service } from '@angular/core';
import { type NavigationError, Router } from '@angular/router';
import { Server } from './api/server';

/** Leaves for an address as a link to another site would. The seam where a test puts its own. */
export const GO = new InjectionToken<(address: string) => void>('GO', {
  providedIn: 'root',
  factory: () => {
    const { location } = inject(DOCUMENT);
    return (address) => location.assign(address);
  },
});

/** Chromium, Firefox and Safari, each in its own words. */
const FILE_IS_MISSING = /dynamically imported module|importing a module script/i;

/**
 * A page whose file did not come: the server was away, or has another build by now. A browser remembers that and never asks for the
 * file again, so the console has to be loaded anew, once there is somebody to load it from.
 */
export function whenFileIsMissing({ error, url }: NavigationError): void {
  if (!(error instanceof Error) || !FILE_IS_MISSING.test(error.message)) return;
  const anew = inject(LoadAnew);
  const address = inject(Location).prepareExternalUrl(url);
  // The first page of all is missing although everything has just been loaded: by itself that would go on for ever.
  if (inject(Router).navigated) void anew.load(address);
  else void anew.offer(address, 'Its file is missing.');
}

@Service()
class LoadAnew {
  private readonly go = inject(GO);
  private readonly injector = inject(Injector);
  private readonly server = inject(Server);

  async load(address: string): Promise<void> {
    if (await this.server.isThere()) this.go(address);
    else await this.offer(address, 'The server does not answer.');
  }

  async offer(address: string, why: string): Promise<void> {
    const { MatSnackBar } = await import('@angular/material/snack-bar');
    this.injector
      .get(MatSnackBar)
      .open(`This page could not be loaded. ${why}`, 'Try again')
      .onAction()
      .subscribe(() => void this.load(address));
  }
}

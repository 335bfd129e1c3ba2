import { DOCUMENT, Component, Injector, afterNextRender, effect, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { MatIconButton } from '@angular/material/button';
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { filter, map, pairwise } from 'rxjs';
import { Live } from './api/live';
import { toProblem } from './api/problem';
import { Session } from './api/session';
import { Icon } from './ui/icon';
import { listenForShortcuts } from './ui/shortcuts';

const HELP = 'herald-help';

/** The frame around every page: bar, mode of delivery, skip link, focus. */
@Component({
  selector: 'herald-root',
  imports: [Icon, MatIconButton, RouterLink, RouterLinkActive, RouterOutlet],
  templateUrl: './app.html',
  styleUrl: './app.scss',
})
export class App {
  private readonly document = inject(DOCUMENT);
  private readonly injector = inject(Injector);
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  private readonly live = inject(Live);
  protected readonly info = this.session.info;

  constructor() {
    effect(() => {
      if (this.session.info() === null) this.live.disconnect();
      else this.live.connect();
    });
    // Fetched ahead: it is what says that the server is away.
    afterNextRender(() => void import('@angular/material/snack-bar'));
    listenForShortcuts({ '?': () => void this.help() });
    this.router.events
      .pipe(
        filter((event) => event instanceof NavigationEnd),
        map(({ urlAfterRedirects }) => urlAfterRedirects.split(/[?#]/, 1)[0]),
        pairwise(),
        filter(([before, after]) => before !== after),
        takeUntilDestroyed(),
      )
      .subscribe(() => this.focusHeading());
  }

  protected async help(): Promise<void> {
    const [{ MatDialog }, { ShortcutHelp }] = await Promise.all([
      import('@angular/material/dialog'),
      import('./ui/shortcut-help'),
    ]);
    const dialogs = this.injector.get(MatDialog);
    // A second key may come before the first one's help is there.
    if (dialogs.getDialogById(HELP) === undefined) dialogs.open(ShortcutHelp, { id: HELP, width: '400px' });
  }

  protected async signOut(): Promise<void> {
    try {
      await this.session.signOut();
    } catch (error) {
      // The server did not end the session, so nobody may believe that it is over.
      const { MatSnackBar } = await import('@angular/material/snack-bar');
      this.injector.get(MatSnackBar).open(`Still signed in. ${toProblem(error).message}`, 'Dismiss');
    }
  }

  /** The base href would turn a bare `#content` into another page. */
  protected skip(event: Event): void {
    event.preventDefault();
    this.document.getElementById('content')?.focus();
  }

  /** A new page begins at its heading, for the keyboard and for who listens; a new filter on the same page does not. */
  private focusHeading(): void {
    afterNextRender(
      () => this.document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }),
      {
        injector: this.injector,
      },
    );
  }
}

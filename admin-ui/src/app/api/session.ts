import { HttpClient } from '@angular/common/http';
import { inject, Service, signal } from '@angular/core';
import { Router } from '@angular/router';
import type { SessionInfo } from '@contract';
import { firstValueFrom, timeout } from 'rxjs';
import { toProblem } from './problem';

export const SESSION_URL = '/api/admin/session';

/** A connection whose other end is gone never answers, in ms. */
const LONGEST_CHECK_MS = 10_000;

/** Who we are to the server. The session itself is an HttpOnly cookie, out of reach of scripts. */
@Service()
export class Session {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly current = signal<SessionInfo | null>(null);
  private readonly ended = signal(false);

  /** Null while nobody is signed in, or nobody knows yet. */
  readonly info = this.current.asReadonly();
  /** Whether the last session came to an end without anybody signing out. */
  readonly hasEnded = this.ended.asReadonly();

  async signIn(token: string): Promise<void> {
    this.current.set(await firstValueFrom(this.http.post<SessionInfo>(SESSION_URL, { token })));
    this.ended.set(false);
  }

  async signOut(): Promise<void> {
    await firstValueFrom(this.http.delete(SESSION_URL));
    this.current.set(null);
    await this.router.navigateByUrl('/sign-in');
  }

  /** Asks the server whether the session still stands; `unknown` when it cannot say. */
  async check(): Promise<'signed_in' | 'signed_out' | 'unknown'> {
    try {
      const asking = this.http.get<SessionInfo>(SESSION_URL).pipe(timeout(LONGEST_CHECK_MS));
      this.current.set(await firstValueFrom(asking));
      return 'signed_in';
    } catch (error) {
      if (toProblem(error).status !== 401) return 'unknown';
      this.end();
      return 'signed_out';
    }
  }

  /** The server no longer knows us: to the sign-in, and back here afterwards. */
  requireSignIn(): void {
    this.end();
    const here = this.router.url;
    if (here.startsWith('/sign-in')) return;
    void this.router.navigate(['/sign-in'], { queryParams: { return: here } });
  }

  private end(): void {
    if (this.current() !== null) this.ended.set(true);
    this.current.set(null);
  }
}

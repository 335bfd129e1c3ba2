import { HttpClient } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import { firstValueFrom, timeout } from 'rxjs';

/** A connection whose other end is gone never answers, in ms. */
const LONGEST_WAIT_MS = 5_000;

@Service()
export class Server {
  private readonly http = inject(HttpClient);

  /** Whether it answers at all, whatever Redis does. */
  async isThere(): Promise<boolean> {
    try {
      await firstValueFrom(this.http.get('/api/health/live').pipe(timeout(LONGEST_WAIT_MS)));
      return true;
    } catch {
      // No answer, or that of a proxy which had none itself.
      return false;
    }
  }
}

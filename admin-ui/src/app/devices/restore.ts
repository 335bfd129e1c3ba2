import { Service, inject, signal } from '@angular/core';
import { MatSnackBar } from '@angular/material/snack-bar';
import type { DeviceInfo } from '@contract';
import { firstValueFrom } from 'rxjs';
import { DevicesApi } from '../api/devices-api';
import { toProblem } from '../api/problem';

/** Puts pruned and quarantined devices to use again and says aloud how it went. */
@Service()
export class Restore {
  private readonly api = inject(DevicesApi);
  private readonly snackBar = inject(MatSnackBar);
  private readonly underWay = signal<ReadonlySet<string>>(new Set());

  isUnderWay({ token_hash }: DeviceInfo): boolean {
    return this.underWay().has(token_hash);
  }

  /** Resolves when the list may have changed. */
  async restore(userId: string, device: DeviceInfo): Promise<void> {
    if (this.isUnderWay(device)) return;
    const { token_hash: hash, token_suffix: suffix } = device;
    this.underWay.update((hashes) => new Set(hashes).add(hash));
    try {
      await firstValueFrom(this.api.restore(userId, hash));
      this.say(`…${suffix} is in use again`);
    } catch (error) {
      const { code, heading, message } = toProblem(error);
      this.say(
        code === 'not_found'
          ? `…${suffix} is no longer kept, or belongs to somebody else by now`
          : `…${suffix} was not restored. ${heading}: ${message}`,
      );
    } finally {
      this.underWay.update((hashes) => new Set([...hashes].filter((other) => other !== hash)));
    }
  }

  /** A snack bar is a live region: what it shows is also read out, once. */
  private say(message: string): void {
    this.snackBar.open(message, 'Dismiss', { duration: 6_000, politeness: 'polite' });
  }
}

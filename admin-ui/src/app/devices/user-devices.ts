import { Component, computed, inject, input, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import type { DeviceInfo } from '@contract';
import { type DeviceQuery, DevicesApi } from '../api/devices-api';
import { keptProblem } from '../api/kept';
import { mayPass } from '../api/problem';
import { retryWhileAway } from '../api/retry-while-away';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBanner } from '../ui/problem-banner';
import { RelativeTime } from '../ui/relative-time';
import { listenForShortcuts } from '../ui/shortcuts';
import { DeviceTable } from './device-table';
import { Restore } from './restore';
import { UserSearch } from './user-search';

/** How many pages one can go back; keeps the address at a sane length. */
const LONGEST_TRAIL = 20;

const SKELETON_ROWS = 5;

/** The devices of one user. The user and the page are in the address. */
@Component({
  selector: 'herald-user-devices',
  imports: [DeviceTable, EmptyState, Icon, MatButton, ProblemBanner, RelativeTime, UserSearch],
  templateUrl: './user-devices.html',
  styleUrl: './user-devices.scss',
})
export class UserDevices {
  private readonly router = inject(Router);
  private readonly restoring = inject(Restore);
  private readonly search = viewChild.required(UserSearch);

  readonly user_id = input('', { transform: (value: string | undefined) => value ?? '' });
  /** The way to this page: the last one is where it starts, those before it lead back. */
  readonly cursor = input([], { transform: toList });

  private readonly query = computed<DeviceQuery>(
    () => ({ user_id: this.user_id(), cursor: this.cursor().at(-1) }),
    { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  private readonly resource = inject(DevicesApi).list(this.query);

  protected readonly list = computed(() => {
    const list = this.resource.hasValue() ? this.resource.value() : undefined;
    return list?.user_id === this.user_id() ? list : undefined;
  });
  protected readonly problem = keptProblem(this.resource);
  protected readonly isLoading = this.resource.isLoading;
  protected readonly isFirst = computed(() => this.cursor().length === 0);
  protected readonly skeleton = Array.from({ length: SKELETON_ROWS }, (_, index) => index);
  protected readonly mayPass = mayPass;

  constructor() {
    retryWhileAway(this.problem, () => this.reload());
    listenForShortcuts({ '/': () => this.search().focus() });
  }

  protected reload(): void {
    this.resource.reload();
  }

  protected async restore(device: DeviceInfo): Promise<void> {
    await this.restoring.restore(this.user_id(), device);
    this.reload();
  }

  protected next(cursor: string): Promise<boolean> {
    return this.turnTo([...this.cursor(), cursor].slice(-LONGEST_TRAIL));
  }

  protected previous(): Promise<boolean> {
    return this.turnTo(this.cursor().slice(0, -1));
  }

  private turnTo(cursor: string[]): Promise<boolean> {
    return this.router.navigate([], { queryParams: { cursor }, queryParamsHandling: 'merge' });
  }
}

/** A query parameter is absent, there once, or there several times. */
function toList(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

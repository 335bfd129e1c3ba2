import { Component, inject, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatTableModule } from '@angular/material/table';
import type { DeviceInfo } from '@contract';
import { Chip } from '../ui/chip';
import { Icon } from '../ui/icon';
import { RelativeTime } from '../ui/relative-time';
import { rowFocus } from '../ui/row-focus';
import { DEVICE_LOOKS, isFcmCode, platformName, resultWord } from './device-looks';
import { Restore } from './restore';

/** One page of a user's devices. */
@Component({
  selector: 'herald-device-table',
  imports: [Chip, Icon, MatButton, MatTableModule, RelativeTime],
  templateUrl: './device-table.html',
  styleUrl: './device-table.scss',
})
export class DeviceTable {
  readonly rows = input.required<DeviceInfo[]>();
  readonly restore = output<DeviceInfo>();

  protected readonly restoring = inject(Restore);
  protected readonly columns = [
    'state',
    'device',
    'platform',
    'version',
    'locale',
    'seen',
    'result',
    'restore',
  ];
  protected readonly looks = DEVICE_LOOKS;
  protected readonly platformName = platformName;
  protected readonly resultWord = resultWord;
  protected readonly isFcmCode = isFcmCode;
  protected readonly track = (_index: number, device: DeviceInfo) => device.token_hash;
  /** What a cell is given has no type. */
  protected readonly state = (device: DeviceInfo) => device.state;

  constructor() {
    rowFocus(this.rows, ({ token_hash }) => token_hash, 'tr[mat-row]');
  }
}

import type { DeviceInfo } from '../contract';
import { pageOf } from './device-page';

const device = (second: number, token_hash: string) =>
  ({ registered_at: new Date(second * 1000).toISOString(), token_hash }) as DeviceInfo;
/** Sorted as `Devices.list` sorts. */
const DEVICES = [device(3, 'aa'), device(2, 'aa'), device(2, 'bb'), device(2, 'cc'), device(1, 'aa')];

it('pages follow each other without a gap, also among devices of the same moment', () => {
  const first = pageOf(DEVICES, 2);
  const second = pageOf(DEVICES, 2, first.next_cursor!);
  const third = pageOf(DEVICES, 2, second.next_cursor!);
  expect([...first.items, ...second.items, ...third.items]).toEqual(DEVICES);
  expect(third.next_cursor).toBeNull();
});

it('the next page begins in the same place when its device has gone meanwhile', () => {
  const { next_cursor } = pageOf(DEVICES, 2);
  const left = DEVICES.filter((_, index) => index !== 1);
  expect(pageOf(left, 2, next_cursor!).items).toEqual(DEVICES.slice(2, 4));
});

it('a page that just holds all is the last', () => {
  expect(pageOf(DEVICES, 5)).toEqual({ items: DEVICES, next_cursor: null });
  expect(pageOf([], 5)).toEqual({ items: [], next_cursor: null });
});

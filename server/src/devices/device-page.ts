import type { DeviceInfo } from '../contract';

/** The place of a device in a list, latest registered first: a page begins behind one, whatever became of that. */
const placeOf = ({ registered_at, token_hash }: DeviceInfo) => `${Date.parse(registered_at)}-${token_hash}`;

/** One page of a sorted list. `cursor` is `next_cursor` of the page before. */
export function pageOf(
  devices: readonly DeviceInfo[],
  limit: number,
  cursor?: string,
): { items: DeviceInfo[]; next_cursor: string | null } {
  const [ms = '', hash = ''] = cursor?.split('-') ?? [];
  const isBehind = (device: DeviceInfo) => {
    const registered = Date.parse(device.registered_at);
    return registered < Number(ms) || (registered === Number(ms) && device.token_hash > hash);
  };
  const rest = cursor === undefined ? devices : devices.filter(isBehind);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: last && rest.length > limit ? placeOf(last) : null };
}

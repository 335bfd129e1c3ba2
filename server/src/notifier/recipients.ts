import { targetKey } from '../delivery/show-target';
import type { DeviceTarget } from '../devices/devices';
import type { Audience, Recipient } from '../messages/compose';
import type { KnownTargets } from './known-targets';

/** Everybody an event is for, whether or not they have it by now. */
export function recipientsOf(
  audience: Audience,
  devices: readonly DeviceTarget[],
  anyPruned: boolean,
  known: KnownTargets,
): Recipient[] {
  if (audience.kind === 'target') return [{ target: audience.target }];
  if (devices.length > 0)
    return devices.map(({ kind, token, locale }): Recipient => ({ target: { kind, token }, locale }));
  const { fallback } = audience;
  if (!fallback) return [];
  // Who had a target has lost it; a message for one is not for everybody.
  const hadTarget = anyPruned || [...known.keys()].some((key) => key !== targetKey(fallback));
  return hadTarget ? [] : [{ target: fallback }];
}

import type { Audience, Recipient } from './compose';

/** A device as far as a message for it is concerned. */
interface Device {
  kind: 'token' | 'fid';
  token: string;
  locale?: string;
}

/**
 * Everybody an event is for, whether or not they have it by now: `devices` are those of the user, and `hadTarget` says whether
 * one who has none has lost it.
 */
export function recipientsOf(
  audience: Audience,
  devices: readonly Device[],
  hadTarget: boolean,
): Recipient[] {
  if (audience.kind === 'target') return [{ target: audience.target }];
  if (devices.length > 0)
    return devices.map(({ kind, token, locale }): Recipient => ({ target: { kind, token }, locale }));
  // A message for somebody who has lost every target is not for everybody.
  return audience.fallback && !hadTarget ? [{ target: audience.fallback }] : [];
}

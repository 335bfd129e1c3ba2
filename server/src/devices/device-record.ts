import type { DeviceInfo } from '../contract';
import { PRUNED_KEPT_MS, stateOf } from './lifetimes';

/** What Redis keeps of a device. Records of an older Herald have only `user`, `token`, `registered`, `seen` and `platform`. */
export type DeviceRecord = Record<'user' | 'registered' | 'seen', string> &
  Partial<
    Record<
      | 'token'
      | 'suffix'
      | 'kind'
      | 'platform'
      | 'app_version'
      | 'locale'
      | 'time_zone'
      | 'shared'
      | 'version'
      | 'result'
      | 'result_at'
      | 'pruned'
      | 'pruned_code'
      | 'quarantined'
      | 'quarantined_code',
      string
    >
  >;

const LONGEST_SUFFIX = 6;
const iso = (ms: number | string) => new Date(Number(ms)).toISOString();

/** Names and values, one after the other, as Redis answers them. */
export function readRecord(fields: readonly string[]): DeviceRecord {
  const pairs: Record<string, string> = {};
  for (let index = 0; index < fields.length; index += 2) pairs[fields[index]!] = fields[index + 1]!;
  return pairs as DeviceRecord;
}

/** The token's last characters, by which people tell it from others; of a short one, not more than half. */
export function suffixOf(token: string): string {
  return token.slice(token.length - Math.min(LONGEST_SUFFIX, Math.floor(token.length / 2)));
}

/** `now` in ms since the epoch, by Redis' clock. */
export function toDeviceInfo(hash: string, record: DeviceRecord, now: number): DeviceInfo {
  const { platform = null, result, result_at, pruned, pruned_code, quarantined, quarantined_code } = record;
  const life = {
    ...{ seenMs: Number(record.seen), platform, prunedMs: pruned ? Number(pruned) : null },
    isQuarantined: quarantined !== undefined,
  };
  return {
    token_hash: hash,
    token_suffix: record.suffix ?? suffixOf(record.token ?? ''),
    kind: record.kind === 'fid' ? 'fid' : 'token',
    platform,
    app_version: record.app_version ?? null,
    locale: record.locale ?? null,
    time_zone: record.time_zone ?? null,
    shared: record.shared !== undefined,
    state: stateOf(life, now),
    registered_at: iso(record.registered),
    seen_at: iso(record.seen),
    last_result: result && result_at ? { code: result, at: iso(result_at) } : null,
    pruned: pruned
      ? { at: iso(pruned), code: pruned_code ?? '', restorable_until: iso(Number(pruned) + PRUNED_KEPT_MS) }
      : null,
    quarantined: quarantined ? { at: iso(quarantined), code: quarantined_code ?? '' } : null,
  };
}

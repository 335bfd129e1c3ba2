import type { DeviceState } from '@contract';
import type { Tone } from '../ui/chip';
import type { IconName } from '../ui/icons';

/** How each state of a device is called and drawn, and what it means. */
export const DEVICE_LOOKS: Record<DeviceState, { word: string; icon: IconName; tone: Tone; means: string }> =
  {
    active: { word: 'Active', icon: 'check', tone: 'good', means: 'In contact within 30 days' },
    stale: { word: 'Stale', icon: 'clock', tone: 'warn', means: 'No contact for 30 days' },
    expired: {
      word: 'Expired',
      icon: 'warning',
      tone: 'warn',
      means: 'No contact for 270 days, after which FCM gives up the tokens of Android devices',
    },
    pruned: { word: 'Pruned', icon: 'error', tone: 'bad', means: 'FCM said that its token is gone' },
    quarantined: {
      word: 'Quarantined',
      icon: 'offline',
      tone: 'bad',
      means: 'FCM said that its token belongs to another sender',
    },
  };

const PLATFORM_NAMES: Record<string, string> = { android: 'Android', ios: 'iOS', web: 'Web' };

/** What the platform is called; null when nobody told. */
export function platformName(platform: string | null): string | null {
  return platform && (PLATFORM_NAMES[platform] ?? platform);
}

const RESULT_WORDS: Record<string, string> = {
  delivered: 'Delivered',
  dry_run: 'Dry run',
  unknown: 'No answer',
};

/** What became of a message, in words; FCM's own error codes stay as they are. */
export function resultWord(code: string): string {
  return RESULT_WORDS[code] ?? code;
}

export function isFcmCode(code: string): boolean {
  return !(code in RESULT_WORDS);
}

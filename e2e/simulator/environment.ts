import type { Settings } from './settings.ts';

/** The settings a start begins with. What is not set keeps its default; what makes no sense is refused by the simulator. */
export function readSettings(env: Record<string, string | undefined>): Partial<Settings> {
  const { SIMULATOR_LATENCY_MS, SIMULATOR_QUOTAS, SIMULATOR_AUTH, SIMULATOR_TOKEN_LIFETIME_S } = env;
  return {
    latency: SIMULATOR_LATENCY_MS || undefined,
    quotas: SIMULATOR_QUOTAS ? readLimits(SIMULATOR_QUOTAS) : undefined,
    auth: (SIMULATOR_AUTH || undefined) as Settings['auth'] | undefined,
    token_lifetime_s: SIMULATOR_TOKEN_LIFETIME_S ? Number(SIMULATOR_TOKEN_LIFETIME_S) : undefined,
  };
}

/** `fcm`, or `messages_per_minute=6000,device_per_minute=240`. */
const readLimits = (text: string): Settings['quotas'] =>
  text === 'fcm'
    ? 'fcm'
    : Object.fromEntries(
        text.split(',').map((pair) => {
          const [name = '', limit] = pair.split('=');
          return [name.trim(), Number(limit)];
        }),
      );

import { type Clock, systemClock } from '../config/clock';
import type { DeliveryMode } from '../contract';
import { EMULATOR_TOKEN, FixedAccessToken, RefreshedAccessToken } from './access-token';
import { Connections, type ConnectionOptions } from './connections';
import { type DeliveryLogger, DryRunProvider } from './dry-run-provider';
import { FcmProvider } from './fcm-provider';
import { type CredentialOptions, projectOf, tokenFetcher } from './google-credentials';
import type { DeliveryProvider } from './provider';

export interface DeliveryOptions extends ConnectionOptions, CredentialOptions {
  mode: DeliveryMode;
}

/** The provider the settings ask for. Throws when they make no sense: no project, or a credentials file that is none. */
export function createProvider(
  options: DeliveryOptions,
  logger: DeliveryLogger,
  clock: Clock = systemClock,
): DeliveryProvider {
  if (options.mode === 'dry_run') return new DryRunProvider(logger);
  const fetchToken = tokenFetcher(options);
  return new FcmProvider(
    {
      projectId: projectOf(options),
      validateOnly: options.mode === 'validate',
      timeoutMs: options.timeoutMs,
    },
    new Connections(options),
    fetchToken ? new RefreshedAccessToken(fetchToken, clock) : new FixedAccessToken(EMULATOR_TOKEN),
    clock,
  );
}

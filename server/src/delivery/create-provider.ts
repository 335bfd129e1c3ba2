import { type Clock, systemClock } from '../config/clock';
import type { DeliveryMode } from '../contract';
import { type AccessTokens, EMULATOR_TOKEN, FixedAccessToken, RefreshedAccessToken } from './access-token';
import { Connections, type ConnectionOptions } from './connections';
import { type DeliveryLogger, DryRunProvider } from './dry-run-provider';
import { FcmProvider } from './fcm-provider';
import { type CredentialOptions, projectOf, tokenFetcher } from './google-credentials';
import type { DeliveryProvider } from './provider';
import { DryRunTopicManagement, FcmTopicManagement, type TopicManagement } from './topic-management';

export interface DeliveryOptions extends ConnectionOptions, CredentialOptions {
  mode: DeliveryMode;
}

/** The provider the settings ask for. Throws when they make no sense: no project, or a credentials file that is none. */
export function createProvider(
  options: DeliveryOptions,
  logger: DeliveryLogger,
  clock: Clock = systemClock,
  accessTokens = accessTokensOf(options, clock),
): DeliveryProvider {
  if (options.mode === 'dry_run') return new DryRunProvider(logger);
  return new FcmProvider(
    {
      projectId: projectOf(options),
      validateOnly: options.mode === 'validate',
      timeoutMs: options.timeoutMs,
    },
    new Connections(options),
    accessTokens,
    clock,
  );
}

const SEND_HOST = 'https://fcm.googleapis.com';
const TOPIC_HOST = 'https://iid.googleapis.com';
/** Few calls, of many devices each. */
const TOPIC_CONNECTIONS = 1;

/** What tells FCM who follows a topic. It cannot only check: unless messages are really sent, nobody is told. */
export function createTopicManagement(
  options: DeliveryOptions,
  logger: DeliveryLogger,
  clock: Clock = systemClock,
  accessTokens = accessTokensOf(options, clock),
): TopicManagement {
  if (options.mode !== 'live') return new DryRunTopicManagement(logger);
  // An emulator has everything at one address.
  const endpoint = options.endpoint === SEND_HOST ? TOPIC_HOST : options.endpoint;
  const connections = new Connections({ ...options, endpoint, connections: TOPIC_CONNECTIONS });
  return new FcmTopicManagement(connections, accessTokens, options.timeoutMs, clock);
}

/** To be shared by all that speak to FCM, so that one refresh serves them. */
export function accessTokensOf(options: DeliveryOptions, clock: Clock): AccessTokens {
  const fetchToken = options.mode === 'dry_run' ? undefined : tokenFetcher(options);
  return fetchToken ? new RefreshedAccessToken(fetchToken, clock) : new FixedAccessToken(EMULATOR_TOKEN);
}

import { type Clock, systemClock } from '../config/clock';
import { RefreshedAccessToken } from './access-token';
import type { DeliveryOptions } from './create-provider';
import { projectOf, tokenFetcher } from './google-credentials';

export type CredentialsCheck = { ok: true; says: string } | { ok: false; problem: string; mend: string };

const SET =
  'Set FIREBASE_PROJECT_ID, FIREBASE_CLIENT_EMAIL and FIREBASE_PRIVATE_KEY, or GOOGLE_APPLICATION_CREDENTIALS to the path of a service account file.';
const LOOK =
  "Look at whether the service account's key is still valid, this machine's clock is right, and it reaches oauth2.googleapis.com (through HTTPS_PROXY, if that is set).";

const GOOGLE = /^https:\/\/[a-z0-9.-]+\.googleapis\.com$/;

/** Why FCM cannot be asked with these settings; undefined when it can. */
export function whyNotAsked(options: DeliveryOptions): string | undefined {
  if (options.mode === 'dry_run') return 'FCM_DRY_RUN is true: nothing leaves this machine';
  try {
    projectOf(options);
    if (tokenFetcher(options) || !GOOGLE.test(options.endpoint)) return undefined;
    return 'there are no credentials, and FCM takes nothing without';
  } catch (error) {
    // The credentials do not name a project, or their file is none.
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether there is a token to send with; asks Google for one when there are credentials. Takes 10 s at the most. */
export async function checkCredentials(
  options: DeliveryOptions,
  clock: Clock = systemClock,
): Promise<CredentialsCheck> {
  if (options.mode === 'dry_run')
    return { ok: true, says: 'FCM_DRY_RUN is true: nothing leaves this machine, and events count as sent' };
  try {
    const project = projectOf(options);
    const fetchToken = tokenFetcher(options);
    if (!fetchToken && GOOGLE.test(options.endpoint))
      return { ok: false, problem: 'There are no credentials, and FCM takes nothing without.', mend: SET };
    if (!fetchToken) return { ok: true, says: `${options.endpoint}, an emulator that needs no credentials` };
    const token = await new RefreshedAccessToken(fetchToken, clock).get();
    if (!token.ok) return { ok: false, problem: `${token.problem}.`, mend: LOOK };
    return { ok: true, says: `Google gives an access token for project ${project}` };
  } catch (error) {
    // The credentials do not name a project, or their file is none.
    return { ok: false, problem: error instanceof Error ? `${error.message}.` : String(error), mend: SET };
  }
}

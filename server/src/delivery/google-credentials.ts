import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { Credential, ServiceAccount } from 'firebase-admin/app';
import type { FetchToken } from './access-token';
import type { ProxyOptions } from './proxy';
import { TunnelAgent } from './tunnel';

/** Where the right to send comes from; all empty towards an emulator. */
export interface CredentialOptions extends ProxyOptions {
  projectId?: string;
  clientEmail?: string;
  privateKey?: string;
  /** Path of a service account file (or of another kind Google's libraries know). */
  applicationCredentials?: string;
  /** PEM of an authority to trust instead of Node's list, behind a proxy. */
  ca?: string;
}

/** A setting is wrong: for whoever starts Herald, in one sentence and without a trace. */
class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly code = 'CREDENTIALS';
}

/**
 * How long we wait for a connection to Google, and how long for its answer. Less than for a token: a request that is over by then
 * needs no new credential for the next, and firebase-admin never lets one go.
 */
const TIMEOUT_MS = 9000;

/** Fetches access tokens through firebase-admin, or undefined when there are no credentials at all. */
export function tokenFetcher(options: CredentialOptions, timeoutMs = TIMEOUT_MS): FetchToken | undefined {
  const { projectId, clientEmail, privateKey, applicationCredentials } = options;
  if (clientEmail && privateKey) return fetcher(options, timeoutMs, { projectId, clientEmail, privateKey });
  if (!applicationCredentials) return undefined;
  return fetcher(options, timeoutMs, serviceAccountIn(applicationCredentials));
}

/** The project to send to. Throws when neither the settings nor the service account name one. */
export function projectOf({ projectId, applicationCredentials }: CredentialOptions): string {
  const project = projectId ?? (applicationCredentials && readFile(applicationCredentials)['project_id']);
  if (typeof project === 'string' && project) return project;
  throw new CredentialsError('FIREBASE_PROJECT_ID must be set: the credentials do not name a project');
}

/**
 * A service account's token comes through the proxy of our settings. Other kinds may have to ask plain http addresses on
 * the way; Google's library looks at HTTPS_PROXY and NO_PROXY itself then.
 */
function fetcher(
  { httpsProxy, noProxy, ca }: CredentialOptions,
  timeoutMs: number,
  account?: ServiceAccount,
): FetchToken {
  const limits = { timeoutMs, ca };
  const agent = httpsProxy ? new TunnelAgent({ httpsProxy, noProxy }, limits) : undefined;
  let credential: Credential | undefined;
  let asked = 0;
  return async (afresh) => {
    if (!credential || afresh) {
      // Loaded when first needed: it is large, and neither dry runs nor emulators need it.
      const { applicationDefault, cert } = await import('firebase-admin/app');
      // `cert` returns the same credential, cached token included, for an account it has seen; the number makes it a new one.
      credential = account
        ? limited(cert({ ...account, number: asked++ } as ServiceAccount), { agent, timeout: timeoutMs })
        : forgetful(applicationDefault());
    }
    return credential.getAccessToken();
  };
}

/** What `cert` gives, besides its public face. */
interface ServiceAccountCredential extends Credential {
  getGoogleAuth(): unknown;
  authClient: { transporter: { defaults: RequestDefaults } };
}

/** What `applicationDefault` gives for what is no service account, besides its public face. */
interface DefaultCredential extends Credential {
  /** Only of those that make the next one by it. */
  getGoogleAuth?(): unknown;
  googleAuth?: { cachedCredential: unknown } | undefined;
  authClient?: unknown;
}

interface RequestDefaults {
  agent?: Agent | undefined;
  /** Ms until a request without an answer is given up. */
  timeout?: number;
}

/**
 * firebase-admin 14 takes an agent and then forgets it (it is not handed to `fromJSON`), so it is put where it belongs. And
 * Google's library waits for an answer without end, and lets everybody who asks meanwhile wait for the same one: a token
 * endpoint that was silent once would leave the process without a token for good.
 */
function limited(credential: Credential, defaults: RequestDefaults): Credential {
  const account = credential as ServiceAccountCredential;
  account.getGoogleAuth();
  Object.assign(account.authClient.transporter.defaults, defaults);
  return credential;
}

/** There is one default for the whole process; what it knows goes: a token, or a request that Google has never answered. */
function forgetful(credential: Credential): Credential {
  const known = credential as DefaultCredential;
  known.authClient = undefined;
  if (known.getGoogleAuth) known.googleAuth = undefined;
  else if (known.googleAuth) known.googleAuth.cachedCredential = null;
  return credential;
}

/** The service account of a file; undefined for the other kinds, which Google's library finds by the environment. */
function serviceAccountIn(path: string): ServiceAccount | undefined {
  const file = readFile(path);
  return file['type'] === 'service_account' ? file : undefined;
}

function readFile(path: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  } catch {
    // Missing, not to be read, or not JSON; the message for people is the same, without the content.
  }
  throw new CredentialsError('GOOGLE_APPLICATION_CREDENTIALS must name a file with credentials in JSON');
}

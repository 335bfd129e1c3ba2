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

/** Google's library waits as long for an answer as we do for a token. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Fetches access tokens through firebase-admin, or undefined when there are no credentials at all. */
export function tokenFetcher(options: CredentialOptions): FetchToken | undefined {
  const { projectId, clientEmail, privateKey, applicationCredentials } = options;
  if (clientEmail && privateKey) return fetcher(options, { projectId, clientEmail, privateKey });
  return applicationCredentials ? fetcher(options, serviceAccountIn(applicationCredentials)) : undefined;
}

/** The project to send to. Throws when neither the settings nor the service account name one. */
export function projectOf({ projectId, applicationCredentials }: CredentialOptions): string {
  const project = projectId ?? (applicationCredentials && readFile(applicationCredentials)['project_id']);
  if (typeof project === 'string' && project) return project;
  throw new Error('FIREBASE_PROJECT_ID must be set: the credentials do not name a project');
}

/**
 * A service account's token comes through the proxy of our settings. Other kinds may have to ask plain http addresses on
 * the way; Google's library looks at HTTPS_PROXY and NO_PROXY itself then.
 */
function fetcher({ httpsProxy, noProxy, ca }: CredentialOptions, account?: ServiceAccount): FetchToken {
  const limits = { timeoutMs: CONNECT_TIMEOUT_MS, ca };
  const agent = httpsProxy ? new TunnelAgent({ httpsProxy, noProxy }, limits) : undefined;
  let credential: Credential | undefined;
  let asked = 0;
  return async (afresh) => {
    if (!credential || afresh) {
      // Loaded when first needed: it is large, and neither dry runs nor emulators need it.
      const { applicationDefault, cert } = await import('firebase-admin/app');
      // `cert` returns the same credential, cached token included, for an account it has seen; the number makes it a new one.
      credential = account
        ? through(cert({ ...account, number: asked++ } as ServiceAccount), agent)
        : applicationDefault();
    }
    return credential.getAccessToken();
  };
}

/** What `cert` gives, besides its public face. */
interface ServiceAccountCredential extends Credential {
  getGoogleAuth(): unknown;
  authClient: { transporter: { defaults: { agent?: Agent } } };
}

/** firebase-admin 14 takes an agent and then forgets it (it is not handed to `fromJSON`), so it is put where it belongs. */
function through(credential: Credential, agent: Agent | undefined): Credential {
  if (agent) {
    const account = credential as ServiceAccountCredential;
    account.getGoogleAuth();
    account.authClient.transporter.defaults.agent = agent;
  }
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
  throw new Error('GOOGLE_APPLICATION_CREDENTIALS must name a file with credentials in JSON');
}

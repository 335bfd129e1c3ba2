import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { forgetOldest } from './bounded.ts';
import { isFields } from './schema.ts';

/** What the token endpoint says: https://developers.google.com/identity/protocols/oauth2/service-account */
export interface TokenAnswer {
  status: number;
  body: unknown;
}

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPES = [
  'https://www.googleapis.com/auth/firebase.messaging',
  'https://www.googleapis.com/auth/cloud-platform',
];
/** Google's own address is fine as well: some of its libraries always name that one. */
const GOOGLE_AUDIENCES = [
  'https://oauth2.googleapis.com/token',
  'https://accounts.google.com/o/oauth2/token',
];
const LONGEST_LIFE_S = 3600;
const LEEWAY_S = 300;
/** Begins like Google's, so that nobody takes one for a word like `owner`. */
const PREFIX = 'ya29.simulator-';
const REMEMBERED_TOKENS = 10_000;

const failed = (status: number, error: string, description: string): TokenAnswer => ({
  status,
  body: { error, error_description: description },
});
const invalidGrant = (description: string) => failed(400, 'invalid_grant', description);

/** Gives access tokens for signed assertions, and knows which are good. Times in ms since the epoch. */
export class OAuth {
  /** How long an access token lives. */
  lifetimeS = LONGEST_LIFE_S;
  /** The key of every service account was revoked: no more tokens; those given out stay good until they expire. */
  revoked = false;
  /** False: any bearer token will do, unless it is one of ours that has expired. */
  strict = false;
  readonly #url: string;
  readonly #expiries = new Map<string, number>();
  #account?: { email: string; publicKey: string; privateKey: string };
  #issued = 0;
  #refused = 0;

  constructor(url: string) {
    this.#url = url;
  }

  stats() {
    return { access_tokens_issued: this.#issued, access_tokens_refused: this.#refused };
  }

  /** A service account file for Google's libraries, with a key made for this start. Its signatures are verified. */
  serviceAccount(project: string): object {
    const email = 'simulator@fcm-simulator.iam.gserviceaccount.com';
    this.#account ??= {
      email,
      ...generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      }),
    };
    return {
      type: 'service_account',
      project_id: project,
      private_key_id: 'simulator',
      private_key: this.#account.privateKey,
      client_email: email,
      client_id: '1',
      token_uri: `${this.#url}/token`,
    };
  }

  /** `POST /token` with a form. */
  grant(form: URLSearchParams, now: number): TokenAnswer {
    const problem = this.#problem(form, now);
    if (problem) {
      this.#refused++;
      return problem;
    }
    const token = PREFIX + randomBytes(24).toString('base64url');
    this.#expiries.set(token, now + this.lifetimeS * 1000);
    forgetOldest(this.#expiries, REMEMBERED_TOKENS);
    this.#issued++;
    return {
      status: 200,
      body: { access_token: token, expires_in: this.lifetimeS, token_type: 'Bearer' },
    };
  }

  /** What an `Authorization` header is worth. */
  check(authorization: string | undefined, now: number): 'good' | 'expired' | 'invalid' {
    const [, token] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? [];
    if (!token) return 'invalid';
    if (!token.startsWith(PREFIX)) return this.strict ? 'invalid' : 'good';
    return (this.#expiries.get(token) ?? 0) > now ? 'good' : 'expired';
  }

  /** Every access token given out so far is expired from now on. */
  expireAll(): void {
    this.#expiries.clear();
  }

  #problem(form: URLSearchParams, now: number): TokenAnswer | undefined {
    if (form.get('grant_type') !== GRANT)
      return failed(400, 'unsupported_grant_type', 'Invalid grant_type: only a JWT is taken.');
    const assertion = form.get('assertion') ?? '';
    const [head, claims, signature] = assertion.split('.');
    const header = decode(head);
    const claim = decode(claims);
    if (!header || !claim || !signature) return invalidGrant('Invalid JWT: not three parts of base64url.');
    if (header['alg'] !== 'RS256') return invalidGrant('Invalid JWT: its algorithm must be RS256.');

    const { iss, aud, iat, exp, scope } = claim;
    if (typeof iss !== 'string' || !iss.includes('@')) return invalidGrant('Invalid JWT: iss is no account.');
    if (![...GOOGLE_AUDIENCES, `${this.#url}/token`].includes(String(aud)))
      return invalidGrant('Invalid JWT: Failed audience check.');
    if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > LONGEST_LIFE_S || exp <= iat)
      return invalidGrant('Invalid JWT: Token must be a short-lived token (60 minutes).');
    const nowS = now / 1000;
    if (iat > nowS + LEEWAY_S || exp < nowS - LEEWAY_S)
      return invalidGrant('Invalid JWT: Token must be in a reasonable timeframe. Check your iat and exp.');
    if (!SCOPES.some((each) => String(scope).split(' ').includes(each)))
      return failed(400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    if (this.revoked || !this.#isSigned(iss, `${head}.${claims}`, signature))
      return invalidGrant('Invalid JWT Signature.');
    return undefined;
  }

  /** Of accounts other than its own the simulator has no key, so it takes their word. */
  #isSigned(iss: string, signed: string, signature: string): boolean {
    if (iss !== this.#account?.email) return true;
    const key = createPublicKey(this.#account.publicKey);
    return verify('RSA-SHA256', Buffer.from(signed), key, Buffer.from(signature, 'base64url'));
  }
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return isFields(value) ? value : undefined;
  } catch {
    // Not JSON: the assertion is none.
    return undefined;
  }
}

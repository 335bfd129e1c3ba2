/**
 * What `npm start` gives its children besides the user's own environment. The environment wins over `.env`, `.env`
 * over what is made up here; made-up secrets are kept, so that a second start accepts what the first one printed.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, STATE } from './paths.ts';
import { Problem } from './problem.ts';

const SECRETS = ['WEBHOOK_SECRET', 'ADMIN_TOKEN'] as const;
type Secret = (typeof SECRETS)[number];

export interface Secrets {
  values: Record<Secret, string>;
  /** Those of them that are ours: made here, kept in `.herald/secrets.json`. */
  made: Partial<Record<Secret, string>>;
}

export function loadDotEnv(): void {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

const SECRETS_FILE = join(STATE, 'secrets.json');

/** What an earlier start has made up. */
export function keptSecrets(): Secrets['made'] {
  return existsSync(SECRETS_FILE) ? JSON.parse(readFileSync(SECRETS_FILE, 'utf8')) : {};
}

export function secrets(): Secrets {
  const kept = keptSecrets();
  const made: Secrets['made'] = {};
  const values = {} as Secrets['values'];
  for (const name of SECRETS) {
    const given = valueOf(name);
    if (given) values[name] = given;
    else values[name] = made[name] = kept[name] ?? randomBytes(24).toString('hex');
  }
  mkdirSync(STATE, { recursive: true });
  writeFileSync(SECRETS_FILE, JSON.stringify({ ...kept, ...made }, null, 2) + '\n', { mode: 0o600 });
  return { values, made };
}

/** Without an account of one's own, messages go to the bundled simulator. */
export function hasFirebaseCredentials(): boolean {
  const { GOOGLE_APPLICATION_CREDENTIALS, FIREBASE_CLIENT_EMAIL } = process.env;
  return Boolean(
    GOOGLE_APPLICATION_CREDENTIALS || (FIREBASE_CLIENT_EMAIL && valueOf('FIREBASE_PRIVATE_KEY')),
  );
}

/** A setting as the server reads it: from NAME, or from the file that NAME_FILE names; empty is not set. */
export function valueOf(name: string): string | undefined {
  if (process.env[name]) return process.env[name];
  const file = process.env[`${name}_FILE`];
  if (!file) return undefined;
  if (!existsSync(file)) throw new Problem(`${name}_FILE names a file that does not exist.`);
  return readFileSync(file, 'utf8').trim();
}

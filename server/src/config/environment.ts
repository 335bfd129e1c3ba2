import { readFileSync } from 'node:fs';
import { cleanEnv, EnvMissingError } from 'envalid';
import { SECRET_VARIABLES, VARIABLES, type VariableName } from './variables';

/** The environment does not make sense; the message names every wrong variable and none of their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: ReadonlyMap<string, string>) {
    const lines = [...problems].map(([name, problem]) => `  ${name} ${problem}`);
    super(`Herald cannot start; mend these environment variables:\n${lines.join('\n')}`);
  }
}

export type ProcessName = 'api' | 'worker';

/** What only one of the processes needs is not asked of the other: a worker has no business with webhook secrets. */
const NOT_ASKED_OF: Record<ProcessName, readonly VariableName[]> = {
  api: [],
  worker: ['WEBHOOK_SECRET', 'ADMIN_TOKEN'],
};

/** Reads, checks and types the environment. Throws `ConfigError`. */
export function readEnvironment(env: NodeJS.ProcessEnv, process: ProcessName) {
  const problems = new Map<string, string>();
  const complain = (name: string, problem: string) => {
    if (!problems.has(name) && !isNotAsked(name, process)) problems.set(name, problem);
  };
  const given = withSecretFiles(env, complain);
  const cleaned = cleanEnv(given, VARIABLES, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors))
        if (error) complain(name, error instanceof EnvMissingError ? 'must be set' : error.message);
    },
  });
  // A copy, because envalid's own object throws when it is asked for a variable that was wrong.
  const values = { ...cleaned };
  if (values.NODE_ENV === 'production' && !given.ADMIN_TOKEN)
    complain('ADMIN_TOKEN', 'must be set in production: at least 24 characters');
  const { FIREBASE_CLIENT_EMAIL: email, FIREBASE_PRIVATE_KEY: key } = given;
  if (Boolean(email) !== Boolean(key))
    complain(
      email ? 'FIREBASE_PRIVATE_KEY' : 'FIREBASE_CLIENT_EMAIL',
      'must be set, because the other half of the service account is',
    );
  if (process === 'worker' && ['validate', 'false'].includes(values.FCM_DRY_RUN) && !knowsItsProject(values))
    complain(
      'FIREBASE_PROJECT_ID',
      'must be set, because FCM_DRY_RUN is not true (or name a service account file in GOOGLE_APPLICATION_CREDENTIALS)',
    );
  if (problems.size > 0) throw new ConfigError(problems);
  return values;
}

export type Environment = ReturnType<typeof readEnvironment>;

function knowsItsProject(values: { FIREBASE_PROJECT_ID?: string; GOOGLE_APPLICATION_CREDENTIALS?: string }) {
  return Boolean(values.FIREBASE_PROJECT_ID ?? values.GOOGLE_APPLICATION_CREDENTIALS);
}

function isNotAsked(name: string, process: ProcessName): boolean {
  return NOT_ASKED_OF[process].some((each) => name === each || name === `${each}_FILE`);
}

/** An empty variable counts as not set; `NAME_FILE` stands in for a secret that is not there itself. */
function withSecretFiles(
  env: NodeJS.ProcessEnv,
  complain: (name: string, problem: string) => void,
): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value) given[name] = value;
  for (const name of ['HTTPS_PROXY', 'NO_PROXY'] as const satisfies VariableName[]) {
    // Other programs' variables, which are written in either way.
    const value = given[name.toLowerCase()];
    if (value) given[name] ??= value;
  }
  for (const name of SECRET_VARIABLES) {
    const path = given[`${name}_FILE`];
    if (!path || given[name]) continue;
    try {
      given[name] = readFileSync(path, 'utf8').trim();
    } catch {
      // Whatever the reason, the answer is the same: the file named here must be readable.
      complain(`${name}_FILE`, 'names a file that cannot be read');
      complain(name, `could not be taken from ${name}_FILE`);
    }
  }
  return given;
}

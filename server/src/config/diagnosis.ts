import { loadConfig, type ReadonlyConfig } from './config';
import { ConfigError, type ProcessName } from './environment';

export interface Diagnosis {
  /** What each wrong variable must be, of both processes. */
  problems: ReadonlyMap<string, string>;
  /** The worker's settings, with its default in the place of whatever is wrong. */
  config: ReadonlyConfig;
}

/** Reads the environment as both processes would, and goes on where they would end. */
export function diagnose(env: NodeJS.ProcessEnv = process.env): Diagnosis {
  const problems = new Map([...problemsOf(env, 'api'), ...problemsOf(env, 'worker')]);
  const sound = { ...env };
  for (const name of problems.keys()) delete sound[name];
  // A project that is missing is told among the problems; the rest can be looked at without it.
  if (problems.has('FIREBASE_PROJECT_ID')) sound.FCM_DRY_RUN = 'true';
  for (const half of ['FIREBASE_CLIENT_EMAIL', 'FIREBASE_PRIVATE_KEY'])
    if (problems.has('FIREBASE_CLIENT_EMAIL') || problems.has('FIREBASE_PRIVATE_KEY')) delete sound[half];
  return { problems, config: loadConfig(sound, 'worker') };
}

function problemsOf(env: NodeJS.ProcessEnv, process: ProcessName): ReadonlyMap<string, string> {
  try {
    loadConfig(env, process);
    return new Map();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

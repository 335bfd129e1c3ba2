import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Adds the variables of a `.env` file in the working directory, if there is one; what is set already wins. */
export function loadEnvFile(path = '.env'): void {
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8'))))
    process.env[name] ??= value;
}

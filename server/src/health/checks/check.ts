import type { ReadonlyConfig } from '../../config/config';
import type { ServerFacts } from './server-facts';

/** `warn`: works, but somebody should know. `fail`: must be mended. */
export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  verdict: Verdict;
  /** One plain sentence: what was found, and what comes of it. */
  says: string;
  /** What to do about it. */
  mend?: string;
  /** A process must not start like this: it would lose events, or could do nothing at all. */
  refuses?: boolean;
}

/** What a check may look at: every server that holds keys, and the settings of the process. */
export interface Surroundings {
  servers: readonly ServerFacts[];
  config: ReadonlyConfig;
}

/** One thing that must be right around Herald, at its start and whenever the doctor is asked. */
export interface Check {
  name: string;
  look(seen: Surroundings): Finding;
}

export const ok = (says: string): Finding => ({ verdict: 'ok', says });
export const warn = (says: string, mend?: string): Finding => ({ verdict: 'warn', says, mend });
export const fail = (says: string, mend?: string): Finding => ({ verdict: 'fail', says, mend });
export const refuse = (says: string, mend?: string): Finding => ({ ...fail(says, mend), refuses: true });

const GRAVITY: Record<Verdict, number> = { ok: 0, warn: 1, fail: 2 };

/** The gravest of several findings, the first of equals. */
export function gravest(findings: readonly Finding[]): Finding {
  const weight = ({ verdict, refuses }: Finding) => GRAVITY[verdict] + (refuses ? 1 : 0);
  return findings.reduce((worst, each) => (weight(each) > weight(worst) ? each : worst));
}

/** A check of each server by itself; in a cluster the gravest finding counts, with the address of its server. */
export function ofEachServer(
  name: string,
  look: (server: ServerFacts, config: ReadonlyConfig) => Finding,
): Check {
  return {
    name,
    look({ servers, config }) {
      const findings = servers.map((server) => {
        const finding = look(server, config);
        const where = servers.length > 1 && finding.verdict !== 'ok' ? `${server.address}: ` : '';
        return { ...finding, says: where + finding.says };
      });
      return gravest(findings);
    },
  };
}

/** A check of what each server says in INFO. */
export function ofEachInfo(
  name: string,
  look: (info: Readonly<Record<string, string>>, server: ServerFacts, config: ReadonlyConfig) => Finding,
): Check {
  return ofEachServer(name, (server, config) =>
    server.info
      ? look(server.info, server, config)
      : warn('Not known: this user of Redis may not ask INFO.', 'Allow it: ACL SETUSER <name> +info'),
  );
}

import { SECRET_VARIABLES, VARIABLES } from '../src/config/variables';

interface Spec {
  default?: string | number | boolean | readonly (string | number)[];
  desc?: string;
}

const variables = Object.entries(VARIABLES) as [string, Spec][];
const isSecret = (name: string) => (SECRET_VARIABLES as readonly string[]).includes(name);

function defaultOf(spec: Spec): string {
  if (!('default' in spec)) return '**required**';
  return spec.default === undefined ? '–' : `\`${spec.default.toString()}\``;
}

/** The README's table of environment variables, as the code would write it. */
export function environmentTable(): string {
  const rows = variables.map(([name, spec]) => {
    const file = isSecret(name) ? ' ¹' : '';
    return `| \`${name}\`${file} | ${defaultOf(spec)} | ${spec.desc} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** `.env.example`, as the code would write it: everything commented out, so that a copy of it changes nothing. */
export function environmentExample(): string {
  const blocks = variables.map(([name, spec]) => {
    const value = spec.default === undefined ? '' : spec.default.toString();
    return `# ${spec.desc}\n#${name}=${value}\n`;
  });
  const head =
    '# Copy to `.env` and take away the # of what you want to set. What the environment has already wins.\n' +
    '# Every secret can also be given as NAME_FILE, a path.\n';
  return [head, ...blocks].join('\n');
}

/** `npm start`: makes sure that the project's own Node runs the launcher, which is TypeScript. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import('./launch.ts');
} else {
  await import('./install.mjs');
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  const launcher = spawn(node, [fileURLToPath(import.meta.url)], { stdio: 'inherit' });
  // Ctrl-C reaches the whole process group, the launcher included; the others are sent to one process.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => launcher.kill(signal));
  launcher.on('exit', (code) => process.exit(code ?? 1));
}

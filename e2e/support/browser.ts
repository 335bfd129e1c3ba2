/**
 * The browser of the end-to-end tests. On Linux it comes out of the npm package @sparticuz/chromium, libraries and
 * fonts included, so that nothing has to be installed; elsewhere it is the Chrome that is installed.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LaunchOptions } from '@playwright/test';
import { inflate } from '@sparticuz/chromium';
import { ROOT } from '../stack/paths.ts';

/** Nothing that talks to the network or asks the user; no sandbox, as tests often run as root in a container. */
const ARGS = [
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--no-first-run',
  '--no-pings',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--font-render-hinting=none',
];

export async function browser(): Promise<{ channel?: string; launchOptions?: LaunchOptions }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' };
  const directory = await unpacked();
  const env: Record<string, string> = { LD_LIBRARY_PATH: join(directory, 'al2023/lib') };
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_FILE = join(directory, 'fonts.conf');
  return {
    launchOptions: {
      executablePath: join(directory, 'chromium'),
      args: ARGS,
      env: { ...(process.env as Record<string, string>), ...env },
    },
  };
}

/** Unpacks once per version, under a name of its own first: an interrupted run leaves nothing that looks whole. */
async function unpacked(): Promise<string> {
  const packageDir = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..');
  const { version } = createRequire(import.meta.url)(join(packageDir, 'package.json')) as { version: string };
  const target = join(ROOT, 'node_modules/.cache', `chromium-${version}`);
  if (existsSync(target)) return target;

  const draft = `${target}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await inTemporaryDirectory(draft, () =>
    Promise.all(
      ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((file) => inflate(join(packageDir, 'bin', file))),
    ),
  );
  const fonts = `<fontconfig><dir>${target}/fonts</dir><cachedir>${target}/font-cache</cachedir></fontconfig>`;
  await writeFile(join(draft, 'fonts.conf'), `<?xml version="1.0"?>\n${fonts}\n`);
  // Somebody else may have been faster.
  await rename(draft, target).catch(() => rm(draft, { recursive: true }));
  return target;
}

/** `inflate` unpacks into the system's temporary directory and nowhere else. */
async function inTemporaryDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

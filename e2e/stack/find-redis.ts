/**
 * Which Redis this machine can run: a server on the path; else, on a Debian-family machine as root, one that apt-get
 * installs; else Docker. (`REDIS_URL` comes before all of these: with it, none is looked for.)
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Problem } from './problem.ts';

export interface RedisRunner {
  kind: 'server' | 'docker';
  command: string;
}

export function findRedis(say: (line: string) => void = console.log): RedisRunner {
  const server = onPath('redis-server') ?? onPath('valkey-server');
  if (server) return { kind: 'server', command: server };
  if (onPath('apt-get') && process.getuid?.() === 0) {
    say('There is no Redis on this machine: installing redis-server with apt-get.');
    return { kind: 'server', command: installWithApt() };
  }
  const docker = onPath('docker');
  if (docker && succeeds(docker, ['info'])) return { kind: 'docker', command: docker };
  throw new Problem(`Herald needs Redis 7.0 or newer, and there is none on this machine. ${howToInstall()}`);
}

/** Only the program is wanted, not a service: nothing is started now, nor at the next boot. */
function installWithApt(): string {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['install', '--yes', '--no-install-recommends', 'redis-server'];
    // The lists of a new machine are empty or old; those of any other save the update.
    if (!apt(install).ok) {
      apt(['update']);
      const { ok, error } = apt(install);
      if (!ok) throw new Problem(`apt-get could not install redis-server: ${error}`);
    }
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
  if (existsSync('/run/systemd/system')) succeeds('systemctl', ['disable', 'redis-server']);
  const server = onPath('redis-server');
  if (!server) throw new Problem('apt-get installed redis-server, but it is not on the path.');
  return server;
}

function apt(args: string[]): { ok: boolean; error: string } {
  const run = spawnSync(
    'apt-get',
    ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    },
  );
  return { ok: run.status === 0, error: run.stderr?.trim().split('\n').at(-1) ?? String(run.error) };
}

/** Each system's own way, found by its package manager. */
function howToInstall(): string {
  if (process.platform === 'win32') return 'Start Docker Desktop, or run Herald inside WSL.';
  const managers: [string, string][] = [
    ['brew', 'brew install redis'],
    ['apt-get', 'sudo apt-get install redis-server'],
    ['dnf', 'sudo dnf install valkey'],
    ['pacman', 'sudo pacman -S valkey'],
    ['apk', 'sudo apk add redis'],
    ['zypper', 'sudo zypper install redis'],
  ];
  const found = managers.find(([manager]) => onPath(manager));
  return found
    ? `Install it with: ${found[1]}`
    : 'Install Redis or Docker, or set REDIS_URL to one that runs elsewhere.';
}

function onPath(program: string): string | undefined {
  const candidates = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      // Not there, or not for us.
      return false;
    }
  });
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

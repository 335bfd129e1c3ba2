import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadonlyConfig } from './config';
import { loadEnvFile } from './env-file';
import { startProcess } from './start-up';

const environment = { ...process.env };
const directory = mkdtempSync(join(tmpdir(), 'herald-start-'));
const home = process.cwd();
let exit: jest.SpyInstance;
let printed: jest.SpyInstance;

beforeEach(() => {
  process.chdir(directory);
  exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  printed = jest.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  process.chdir(home);
  process.env = { ...environment };
  jest.restoreAllMocks();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Starts and gives the settings the process would have got. */
function start(): Promise<ReadonlyConfig> {
  return new Promise((resolve) => startProcess('api', async (config) => resolve(config)));
}

describe('a process', () => {
  it('starts with the settings of its environment', async () => {
    process.env.WEBHOOK_SECRET = 'from-the-environment';
    expect((await start()).webhook.secrets).toEqual(['from-the-environment']);
    expect(exit).not.toHaveBeenCalled();
  });

  it('reads .env beside it, but what is set already wins', async () => {
    writeFileSync(join(directory, '.env'), 'WEBHOOK_SECRET=from-the-file-in-the-folder\nPORT=4000\n');
    process.env.PORT = '5000';
    const config = await start();
    expect(config.webhook.secrets).toEqual(['from-the-file-in-the-folder']);
    expect(config.http.port).toBe(5000);
    rmSync(join(directory, '.env'));
  });

  it('does without a .env', () => {
    expect(() => loadEnvFile(join(directory, 'none'))).not.toThrow();
  });

  it('with a wrong environment ends with one plain message', () => {
    process.env.PORT = 'many';
    startProcess('api', () => Promise.reject(new Error('must not be started')));
    expect(exit).toHaveBeenCalledWith(1);
    expect(printed).toHaveBeenCalledTimes(1);
    expect(printed).toHaveBeenCalledWith(
      expect.stringMatching(/PORT must be .*\n.*WEBHOOK_SECRET must be set/s),
    );
  });

  it.each([
    [
      'a plain message when the system refuses',
      Object.assign(new Error('port taken'), { code: 'EADDRINUSE' }),
      'port taken',
    ],
    ['its trace when nobody foresaw it', new TypeError('oops'), new TypeError('oops')],
  ])('ends with %s', async (_, error, told) => {
    process.env.WEBHOOK_SECRET = 'from-the-environment';
    const ended = new Promise((resolve) => exit.mockImplementation(resolve as never));
    startProcess('api', () => Promise.reject(error));
    expect(await ended).toBe(1);
    expect(printed).toHaveBeenCalledWith(told);
  });
});

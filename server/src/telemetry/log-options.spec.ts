import { Writable } from 'node:stream';
import { type LoggerOptions, pino } from 'pino';
import { newConfig } from '../../test/builders';
import { logOptions } from './log-options';

/** What is logged at `info`, as it goes to standard output. */
function logged(fields: object, env: Record<string, string> = {}): string {
  const parts: string[] = [];
  const out = new Writable({
    write(part, _encoding, done) {
      parts.push(String(part));
      done();
    },
  });
  const options = logOptions(newConfig({ LOG_LEVEL: 'info', ...env }));
  pino(options as LoggerOptions, out).info(fields);
  return parts.join('');
}

it('is one line of JSON that says which process it is from', () => {
  expect(JSON.parse(logged({ msg: 'hello' }))).toEqual({
    level: 30,
    time: expect.any(Number),
    process: 'api',
    msg: 'hello',
  });
});

it('is silent below its level', () => {
  expect(logged({ msg: 'hello' }, { LOG_LEVEL: 'warn' })).toBe('');
});

describe.each([
  'token',
  'secret',
  'secrets',
  'privateKey',
  'adminToken',
  'authorization',
  'headers',
  'payload',
])('a %s', (name) => {
  it.each<[string, object]>([
    ['at the top', { [name]: 'hush-hush' }],
    ['one level down', { device: { [name]: 'hush-hush' } }],
  ])('is not shown %s', (_, fields) => {
    const line = logged({ msg: 'hello', ...fields });
    expect(line).not.toContain('hush-hush');
    expect(line).toContain('[redacted]');
  });
});

it('shows an error with its stack', () => {
  const { err } = JSON.parse(logged({ err: new TypeError('a fault of ours') })) as { err: object };
  expect(err).toMatchObject({ type: 'TypeError', message: 'a fault of ours', stack: expect.any(String) });
});

it('is for people instead when that is asked for', () => {
  const { transport } = logOptions(newConfig({ LOG_PRETTY: 'true' }));
  expect(transport).toMatchObject({ target: 'pino-pretty' });
  expect(logOptions(newConfig()).transport).toBeUndefined();
});

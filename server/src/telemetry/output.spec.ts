import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { output } from './output';

it('writes the lines of one turn in one go, in their order', async () => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  output.write('first\n');
  output.write('second\n');
  await new Promise((resolve) => setImmediate(resolve));
  output.write('third\n');
  await new Promise((resolve) => setImmediate(resolve));
  expect(write.mock.calls).toEqual([['first\nsecond\n'], ['third\n']]);
  write.mockRestore();
});

it('still writes what a process says as it ends', () => {
  const script = `
    const { output } = await import(${JSON.stringify(join(__dirname, 'output.ts'))});
    output.write('last words\\n');
    process.exit(3);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([3, 'last words\n']);
});

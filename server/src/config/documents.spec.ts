import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentExample, environmentTable } from '../../test/environment-documents';

const fileOf = (name: string) => readFileSync(join(__dirname, '../../..', name), 'utf8');

describe('the documents of the environment', () => {
  it('README.md has the table that the code would write', () => {
    expect(fileOf('README.md')).toContain(environmentTable());
  });

  it('.env.example is what the code would write', () => {
    expect(fileOf('.env.example')).toBe(environmentExample());
  });
});

import { diagnose } from './config/diagnosis';
import { loadEnvFile } from './config/env-file';
import { examine, type Row } from './health/doctor/examine';
import { conclusionOf, lineOf } from './health/doctor/print';

/** Looks at the configuration and everything around Herald. Answers the exit code: 1 when something must be mended. */
async function main(json: boolean): Promise<number> {
  loadEnvFile();
  const rows: Row[] = [];
  const say = (text: string) => (json ? undefined : console.log(text));
  say('');
  for await (const row of examine(diagnose())) {
    rows.push(row);
    say(lineOf(row, process.stdout.columns));
  }
  say(`\n${conclusionOf(rows)}`);
  const mustBeMended = rows.some(({ verdict }) => verdict === 'fail');
  const checks = rows.map(({ name, verdict, says, mend }) => ({ name, verdict, says, mend }));
  if (json) console.log(JSON.stringify({ ok: !mustBeMended, checks }, null, 2));
  return mustBeMended ? 1 : 0;
}

if (require.main === module)
  void main(process.argv.includes('--json')).then((code) => {
    process.exitCode = code;
  });

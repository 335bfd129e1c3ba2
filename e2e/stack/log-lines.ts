/** What of a child's log belongs in the terminal: warnings and errors, once, with the child's name in front. */
import { stripVTControlCharacters } from 'node:util';

/** pino's numbers; https://getpino.io/#/docs/api?id=loggerlevels-object */
const WARN = 40;
const NAMES: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' };

/** A fault that lasts repeats its line with every try; the log file has them all. */
const SILENCE_MS = 30_000;

export function onlyTrouble(name: string): (line: string) => void {
  const shown = new Map<string, number>();
  return (line) => {
    const text = trouble(line);
    if (!text || performance.now() - (shown.get(text) ?? -Infinity) < SILENCE_MS) return;
    shown.set(text, performance.now());
    console.log(`${name.padEnd(10)}${text}`);
  };
}

/** The line as people read it, or null when it is none of their business. */
function trouble(line: string): string | null {
  const entry = parse(line);
  if (!entry) return null;
  if (!(entry.level >= WARN)) return null;
  const request = entry.path && `${entry.method} ${entry.path} was answered with ${entry.status}`;
  const parts = [request ?? entry.msg, entry.err?.message].filter((part) => typeof part === 'string');
  return `${NAMES[entry.level] ?? entry.level}: ${stripVTControlCharacters([...new Set(parts)].join(': '))}`;
}

/** A line of pino's; the last three are those of a request. */
interface Entry {
  level: number;
  msg?: unknown;
  err?: { message?: unknown };
  method?: string;
  path?: string;
  status?: number;
}

function parse(line: string): Entry | null {
  try {
    return JSON.parse(line);
  } catch {
    // Not a log entry: Node's own words, kept for the obituary.
    return null;
  }
}

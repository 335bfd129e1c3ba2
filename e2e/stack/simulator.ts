/** The FCM simulator as a process: the environment that makes a worker send to it, and what a test asks it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import type { InboxDevice, InboxTotals } from '../simulator/inbox.ts';
import type { EventCount, ReceivedMessage } from '../simulator/ledger.ts';
import type { Settings } from '../simulator/settings.ts';
import { NODE, SIMULATOR } from './paths.ts';
import { startProcess, untilReady, type Program, type RunningProcess } from './processes.ts';

export interface RunningSimulator {
  url: string;
  process: RunningProcess;
  /** For the processes that send to it. */
  env: Record<string, string>;
  /** What it received, oldest first; of one event if asked. */
  messages(eventId?: string): Promise<ReceivedMessage[]>;
  /** What it received after message number `seq`, oldest first: for those who read along. */
  messagesAfter(seq: number): Promise<ReceivedMessage[]>;
  /** How often each event got there. */
  events(): Promise<EventCount[]>;
  /** What people see on their devices. */
  inbox(): Promise<InboxTotals & { items: InboxDevice[] }>;
  /** Topics, with how many devices follow each. */
  topics(): Promise<{ topic: string; followers: number }[]>;
  /** Makes every token that begins with `tokenPrefix` behave so (`unavailable`, `quota-3`, `ok` …); none ends the rule. */
  steer(tokenPrefix: string, behaviour?: string): Promise<void>;
  /** Changes what can be changed while it runs. */
  set(settings: Partial<Settings>): Promise<void>;
}

export async function startSimulator(
  certDir: string,
  program: Partial<Program> = {},
): Promise<RunningSimulator> {
  const child = await startProcess({
    name: 'simulator',
    ...program,
    command: NODE,
    args: [SIMULATOR],
    env: { ...process.env, SIMULATOR_PORT: '0', ...program.env, SIMULATOR_CERT_DIR: certDir },
  });
  const url = await untilReady(child, () => announcedUrl(child.lines));
  const caFile = join(certDir, 'ca.pem');
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  const ask = async <T = { items: never[] }>(path: string, init: { method?: string; body?: string } = {}) => {
    const response = await fetch(`${url}/simulator/${path}`, { ...init, dispatcher });
    if (!response.ok) throw new Error(`The simulator answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    url,
    process: child,
    env: {
      FCM_ENDPOINT: url,
      FCM_DRY_RUN: 'false',
      FIREBASE_PROJECT_ID: process.env.FIREBASE_PROJECT_ID || 'herald-demo',
      NODE_EXTRA_CA_CERTS: caFile,
    },
    async messages(eventId) {
      const of = eventId ? `&event_id=${encodeURIComponent(eventId)}` : '';
      return (await ask(`messages?limit=1000000${of}`)).items;
    },
    messagesAfter: async (seq) => (await ask(`messages?since=${seq}&limit=1000000`)).items,
    events: async () => (await ask('events')).items,
    inbox: () => ask<InboxTotals & { items: InboxDevice[] }>('inbox?limit=1000000'),
    topics: async () => (await ask('topics')).items,
    async steer(tokenPrefix, behaviour) {
      await ask('rules', { method: 'PUT', body: JSON.stringify({ token_prefix: tokenPrefix, behaviour }) });
    },
    async set(settings) {
      await ask('settings', { method: 'PATCH', body: JSON.stringify(settings) });
    },
  };
}

function announcedUrl(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const announced = /listening on (https:\S+)/.exec(line);
    if (announced) return announced[1];
  }
  return undefined;
}

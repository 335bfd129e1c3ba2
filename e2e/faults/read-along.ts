/** Reads the simulator's ledger while it is written, because it forgets the oldest messages and the whole is long. */
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningSimulator } from '../stack/simulator.ts';
import type { Message } from './sources.ts';

const EVERY_MS = 5000;

export interface Reading {
  /** Reads to the end; answers everything, in the order in which it was received. */
  stop(): Promise<Message[]>;
}

export function readAlong(simulator: Pick<RunningSimulator, 'messagesAfter'>): Reading {
  const messages: Message[] = [];
  const stopping = new AbortController();
  let seq = 0;
  const readOn = async () => {
    for (const { seq: number, time, data, answer } of await simulator.messagesAfter(seq)) {
      seq = number;
      messages.push({ eventId: data?.['event_id'] ?? '', at: Date.parse(time), answer });
    }
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await readOn();
      await wait(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {
        // Stopped: the rest is read at once.
      });
    }
    await readOn();
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
      return messages;
    },
  };
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';

interface Row {
  rooms: string[];
  types?: string[];
  packages: string[];
}

let plan: Record<string, Row>;
let rules: Linter.Config[];
beforeAll(async () => {
  const file = '../eslint.config.mjs';
  const config = (await import(file)) as { FLOOR_PLAN: typeof plan; FLOOR_RULES: typeof rules };
  plan = config.FLOOR_PLAN;
  rules = config.FLOOR_RULES;
});

const src = join(__dirname, '../src');
const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory());

/** What the lint says to `code` in a file of `src`. */
function complaints(file: string, code: string): string[] {
  const linter = new Linter({ cwd: join(__dirname, '..') });
  const language: Linter.Config = { files: ['**/*.ts'], languageOptions: { parser } };
  const found = linter.verify(code, [language, ...rules], { filename: join(src, file) });
  return found.map(({ message }) => message);
}

describe('the floor plan', () => {
  it('has a row for every folder of the server, and for nothing else', () => {
    expect(Object.keys(plan).sort()).toEqual([...folders, '.'].sort());
  });

  it('names only rooms that there are', () => {
    for (const { rooms, types = [] } of Object.values(plan))
      for (const room of [...rooms, ...types]) expect(folders).toContain(room);
  });

  it('has no loop', () => {
    const below = (room: string): string[] => [...plan[room]!.rooms, ...(plan[room]!.types ?? [])];
    const visit = (room: string, path: string[]): void => {
      if (path.includes(room)) throw new Error(`A loop: ${[...path, room].join(' → ')}`);
      for (const next of below(room)) visit(next, [...path, room]);
    };
    expect(() => Object.keys(plan).forEach((room) => visit(room, []))).not.toThrow();
  });

  it('keeps the four rooms under the roof apart', () => {
    const roof = ['webhook', 'notifier', 'admin', 'health'];
    for (const room of roof) expect(plan[room]!.rooms.filter((other) => roof.includes(other))).toEqual([]);
  });

  it.each([
    ['ioredis', ['redis']],
    ['firebase-admin', ['delivery']],
    ['undici', ['delivery']],
    ['envalid', ['config']],
  ])('gives %s to one room', (name, owners) => {
    expect(Object.keys(plan).filter((room) => plan[room]!.packages.includes(name))).toEqual(owners);
  });
});

describe('the lint', () => {
  it.each([
    ['an arrow upward', 'events/events.ts', `import { Queue } from '../queue/queue';`],
    ['an arrow upward from a folder within a room', 'queue/a/b.ts', `import '../../webhook/envelope';`],
    ['an arrow between neighbours', 'webhook/a.ts', `import '../admin/live';`],
    ['an arrow to the entry', 'admin/a.ts', `import '../api.module';`],
    ['a re-export from above', 'redis/a.ts', `export * from '../events/keys';`],
    ['a package of another room', 'queue/a.ts', `import Redis from 'ioredis';`],
    ['a part of a package of another room', 'notifier/a.ts', `import 'firebase-admin/app';`],
    ['a package nobody owns', 'events/a.ts', `import _ from 'lodash';`],
    ['a package that only begins like an own one', 'redis/a.ts', `import 'ioredis-mock';`],
    ['the environment', 'queue/a.ts', `process.env.PORT;`],
    ['the environment by another name', 'queue/a.ts', `import { env } from 'node:process';`],
    ['a timer', 'admin/a.ts', `setInterval(() => {}, 1);`],
    ['a timer by another name', 'queue/a.ts', `import 'node:timers/promises';`],
    [
      'what is not a type from a room for types',
      'messages/a.ts',
      `import { send } from '../delivery/provider';`,
    ],
    ['the contract importing anything', 'contract/a.ts', `import '../config/clock';`],
  ])('refuses %s', (_, file, code) => {
    expect(complaints(file, code)).toHaveLength(1);
  });

  it.each([
    ['queue/a.ts', `import '../events/keys'; import './b'; import 'node:path'; import '@nestjs/common';`],
    ['webhook/schemes/a.ts', `import '../envelope'; import '../../contract'; import '@nestjs/throttler';`],
    ['redis/a.ts', `import Redis from 'ioredis';`],
    ['delivery/a.ts', `import 'firebase-admin/app'; setTimeout(() => {}, 1);`],
    ['messages/a.ts', `import type { Target } from '../delivery/provider';`],
    ['notifier/a.ts', `import 'node:timers/promises'; import '../delivery/provider';`],
    ['config/a.ts', `process.env.PORT;`],
    ['main.ts', `import './api.module'; import './config/config'; import '@nestjs/core';`],
    ['events/a.redis.spec.ts', `import '../queue/queue'; import 'ioredis';`],
  ])('has nothing to say to %s importing what it may', (file, code) => {
    expect(complaints(file, code)).toEqual([]);
  });
});

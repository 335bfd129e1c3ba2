import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const BASE = ['contract', 'config', 'telemetry', 'redis'];
/** What a door is made of. */
const DOOR = ['@nestjs/swagger', 'class-transformer', 'class-validator', 'fastify'];

/**
 * The floor plan, bottom up: which rooms each folder under `src` may import, and which npm packages it owns. `.` is the
 * modules and the entry files. `types` are rooms of which only types may be imported, `timers` says who may set timers,
 * `environment` who may read the environment.
 *
 * Everybody may import Node's own modules and `@nestjs/common`. Tests look at the house from outside and may import
 * whatever they need.
 */
export const FLOOR_PLAN = {
  contract: { rooms: [], packages: [] },
  config: { rooms: ['contract'], packages: ['envalid'], environment: true },

  // Timers: both wait for the end of a turn of the event loop, to write once what was said in it.
  telemetry: {
    rooms: ['contract', 'config'],
    packages: ['nestjs-pino', 'pino', 'pino-http', 'prom-client'],
    timers: true,
  },
  redis: { rooms: ['contract', 'config'], packages: ['ioredis'], timers: true },

  // Timers: the deadline of an attempt, and that of a request's body.
  delivery: {
    rooms: ['contract', 'config', 'telemetry'],
    packages: ['firebase-admin', 'undici'],
    timers: true,
  },
  http: { rooms: BASE, packages: ['@nestjs/platform-fastify', ...DOOR], timers: true },
  events: { rooms: BASE, packages: [] },

  devices: { rooms: BASE, packages: [] },
  // Timers: to ask for more, and to wait for a turn that is near.
  quota: { rooms: BASE, types: ['delivery'], packages: [], timers: true },
  // Timers: to look for definitions that another process has changed.
  messages: {
    rooms: [...BASE],
    types: ['delivery'],
    packages: ['ajv', 'liquidjs', 'yaml'],
    timers: true,
  },
  access: { rooms: [...BASE, 'http'], packages: DOOR },

  queue: { rooms: [...BASE, 'events', 'quota'], packages: [] },

  webhook: {
    rooms: [...BASE, 'http', 'events', 'messages', 'queue'],
    packages: ['@nestjs/throttler', ...DOOR],
  },
  notifier: {
    rooms: [...BASE, 'delivery', 'events', 'devices', 'messages', 'quota', 'queue'],
    packages: [],
    timers: true,
  },
  admin: {
    rooms: [...BASE, 'delivery', 'http', 'events', 'devices', 'messages', 'access', 'queue'],
    packages: ['@fastify/static', 'rxjs', ...DOOR],
  },
  health: {
    rooms: [...BASE, 'delivery', 'http', 'events', 'devices', 'messages', 'access', 'quota', 'queue'],
    packages: ['@nestjs/terminus', ...DOOR],
    // A deadline for an answer of Redis, and the wait for a Redis that was away at the start.
    timers: true,
  },

  '.': {
    rooms: [
      ...BASE,
      'http',
      'events',
      'devices',
      'messages',
      'access',
      'quota',
      'queue',
      'webhook',
      'notifier',
      'admin',
      'health',
    ],
    packages: ['@nestjs/core', '@nestjs/platform-fastify', 'nestjs-pino', 'reflect-metadata'],
  },
};

const ROOMS = Object.keys(FLOOR_PLAN).filter((room) => room !== '.');
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

/** The floor plan in ESLint's words. */
export const FLOOR_RULES = Object.entries(FLOOR_PLAN).map(([room, row]) => {
  const { rooms, types = [], packages, timers = false, environment = false } = row;
  const strangers = ROOMS.filter((other) => ![room, ...rooms, ...types].includes(other));
  const away = room === '.' ? '\\./' : '(\\.\\./)+';
  const builtIns = timers ? 'node:(?!process$)' : 'node:(?!process$|timers)';
  const patterns = [
    {
      regex: `^${away}(${strangers.join('|')})(/|$)`,
      message: `${room} may import ${rooms.join(', ') || 'no other room'}.`,
    },
    {
      regex: `^(?!\\.|${builtIns}|(${['@nestjs/common', ...packages].join('|')})(/|$))`,
      message: `${room} owns ${packages.join(', ') || 'no package'}.`,
    },
  ];
  if (types.length)
    patterns.push({
      regex: `^${away}(${types.join('|')})(/|$)`,
      allowTypeImports: true,
      message: `${room} may import types only from ${types.join(', ')}.`,
    });
  if (room !== '.')
    patterns.push({
      regex: '^(\\.\\./)+(main|worker|(api|worker)\\.module)$',
      message: 'The entry files are the top.',
    });
  return {
    name: `floor plan: ${room}`,
    files: [room === '.' ? 'src/*.ts' : `src/${room}/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns }],
      'no-restricted-globals': ['error', ...(timers ? [] : TIMERS)],
      'no-restricted-properties': [
        'error',
        ...(environment
          ? []
          : [{ object: 'process', property: 'env', message: 'The environment is read in config/ only.' }]),
      ],
    },
  };
});

export default defineConfig(
  globalIgnores(['coverage/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.mjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { globalThis: 'readonly', process: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // What returns a promise is `async`, so that it rejects and never throws.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Jest's matchers are `any`, and so is much of what a test looks at.
    files: ['**/*.spec.ts', 'test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  FLOOR_RULES,
);

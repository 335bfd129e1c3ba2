import js from '@eslint/js';
import angular from 'angular-eslint';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** `ui` and `api` import nothing of ours but `@contract`; a feature imports those two and no other feature. */
const BASE = ['ui', 'api'];
const FEATURES = ['events', 'overview', 'dead', 'devices', 'messages', 'sign-in'];

const consoleRules = [...BASE, ...FEATURES].map((room) => {
  const strangers = [...FEATURES, ...(BASE.includes(room) ? BASE : [])].filter((other) => other !== room);
  const message = BASE.includes(room)
    ? `${room} imports @contract only.`
    : `${room} imports ui and api only.`;
  const patterns = [{ regex: `^(\\.\\./)+(${strangers.join('|')})(/|$)`, message }];
  return {
    name: `console: ${room}`,
    files: [`admin-ui/src/app/${room}/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
});

/** For everything but `server/`, which has a configuration of its own with the floor plan in it. */
export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.angular/', '.herald/', 'test-results/', 'playwright-report/']),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['**/*.mjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  { files: ['e2e/**/*.{ts,mts}'], extends: [js.configs.recommended, tseslint.configs.recommended] },
  {
    files: ['admin-ui/**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.recommended, angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
  },
  {
    files: ['admin-ui/**/*.html'],
    extends: [angular.configs.templateRecommended, angular.configs.templateAccessibility],
  },
  consoleRules,
);

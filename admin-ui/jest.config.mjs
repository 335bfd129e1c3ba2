import presets from 'jest-preset-angular/presets/index.js';

const preset = presets.createEsmPreset({ tsconfig: '<rootDir>/tsconfig.json' });

/** One of the two projects of the Jest run; see `jest` in package.json. */
export default {
  ...preset,
  displayName: 'console',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  setupFilesAfterEnv: ['<rootDir>/src/setup-jest.ts'],
  moduleNameMapper: {
    ...preset.moduleNameMapper,
    '^@contract$': '<rootDir>/../server/src/contract/index.ts',
  },
  collectCoverageFrom: [
    '<rootDir>/src/app/**/*.ts',
    '!<rootDir>/src/app/**/*.{spec,harness}.ts',
    '!<rootDir>/src/app/**/testing/**',
  ],
};

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Alias } from 'vite';
import { defineConfig } from 'vitest/config';
import { FolderReporter } from './test/folder.reporter.js';
import { SpreadSequencer } from './test/spread.sequencer.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const NEST_UNIT = [
  'libs/redis/src/nest/**/*.spec.ts',
  'libs/redis/src/testing/nest/**/*.spec.ts',
  'apps/*/{src,test}/**/*.spec.ts',
];
const NEST_SERVERS = [
  'redis-module*',
  'redis-health*',
  'rate-limit-guard-*',
  'bridge-*',
  'cache-decorators*',
  'http-cache-*',
].map((name) => `libs/redis/test/integration/${name}.int-spec.ts`);
/** The patches of ioredis are tested on every supported major version, see docs/decisions/0030. */
const SEAMS = ['libs/redis/test/ioredis-seams/**/*.spec.ts'];
/** Loads Nest before anything else, which takes half a second for each file: only for specs that import it. */
const LOAD_NEST = ['./test/setup.ts'];
/** `isolate` of specs that leave no state behind: a worker loads each module once, and not once for each file. */
const SHARED = false;
/** The package in the place of `ioredis` in all tests, for example `ioredis-5.4`: see `scripts/test-ioredis.mjs`. */
const REPLACEMENT = process.env.TEST_IOREDIS;
/** The other versions of ioredis, by their names in package.json: `ioredis-5.4` is the oldest that the package supports. */
const OTHER_IOREDIS = ['ioredis-5.4', 'ioredis-5'];
const insteadOfIoredis = (replacement: string): Alias => ({ find: /^ioredis$/, replacement });

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      ...(REPLACEMENT === undefined ? [] : [insteadOfIoredis(REPLACEMENT)]),
      { find: /^nestjs-redis-infra$/, replacement: path('libs/redis/src/index.ts') },
      { find: /^nestjs-redis-infra\/testing\/nest$/, replacement: path('libs/redis/src/testing-nest.ts') },
      { find: /^nestjs-redis-infra\/(\w+)$/, replacement: path('libs/redis/src/$1.ts') },
    ],
  },
  test: {
    reporters: [new FolderReporter()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: SpreadSequencer },
    // Most files wait for servers, timeouts and restarts: with four more workers the cores are busy meanwhile.
    maxWorkers: availableParallelism() + 4,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'libs/redis/src/**/*.spec.ts',
            'libs/redis/test/{cache-engine,codec,fallback-cache,placement,rate-limit,reshard}/**/*.spec.ts',
          ],
          exclude: NEST_UNIT,
          isolate: SHARED,
        },
      },
      {
        extends: true,
        test: { name: 'unit-nest', include: NEST_UNIT, setupFiles: LOAD_NEST, isolate: SHARED },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['libs/redis/test/integration/**/*.int-spec.ts'],
          exclude: NEST_SERVERS,
          isolate: SHARED,
        },
      },
      {
        extends: true,
        test: { name: 'servers-nest', include: NEST_SERVERS, setupFiles: LOAD_NEST, isolate: SHARED },
      },
      {
        extends: true,
        test: { name: 'seams', include: SEAMS, isolate: SHARED },
      },
      ...OTHER_IOREDIS.map((name) => ({
        extends: true as const,
        resolve: { alias: [insteadOfIoredis(name)] },
        test: { name: `seams-${name}`, include: SEAMS, isolate: SHARED, env: { TEST_IOREDIS: name } },
      })),
      {
        extends: true,
        test: { name: 'workspace', include: ['libs/redis/test/*.spec.ts', 'test/*.spec.ts'] },
      },
    ],
  },
});

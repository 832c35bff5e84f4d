import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { FolderReporter } from './test/folder.reporter.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      { find: /^nestjs-redis-infra$/, replacement: path('libs/redis/src/index.ts') },
      { find: /^nestjs-redis-infra\/(\w+)$/, replacement: path('libs/redis/src/$1.ts') },
    ],
  },
  test: {
    include: [
      'libs/*/src/**/*.spec.ts',
      'libs/*/test/**/*.{spec,int-spec}.ts',
      'apps/*/{src,test}/**/*.spec.ts',
      'test/**/*.spec.ts',
    ],
    setupFiles: ['./test/setup.ts'],
    reporters: [new FolderReporter()],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});

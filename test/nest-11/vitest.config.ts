import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { resolve } = createRequire(import.meta.url);
const FROM_THIS_FOLDER = /^(?:@nestjs\/|rxjs$|reflect-metadata$|graphql$|graphql-ws|ws$)/;

/** The specs of the module, the guard and the decorators, with NestJS 11 from the packages of this folder. */
export default defineConfig({
  ...shared,
  root: ROOT,
  plugins: [
    {
      name: 'nest-11',
      enforce: 'pre',
      resolveId: (id) => (FROM_THIS_FOLDER.test(id) ? resolve(id) : undefined),
    },
  ],
  test: {
    ...shared.test,
    projects: undefined,
    include: [
      'libs/redis/src/nest/**/*.spec.ts',
      'libs/redis/test/integration/{redis-module,redis-health,rate-limit-guard-,cache-decorators,http-cache-}*.int-spec.ts',
    ],
    // NestJS 11 sends no exception to the clients of the adapter for ws.
    exclude: ['**/rate-limit-guard-websocket.int-spec.ts'],
    setupFiles: ['./test/setup.ts'],
  },
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.js';

/** The tests that need programs of the system beside Node.js and redis-server: `npm run test:tools`. */
export default defineConfig({
  ...shared,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...shared.test,
    projects: undefined,
    include: ['test/tools/**/*.tools-spec.ts'],
  },
});

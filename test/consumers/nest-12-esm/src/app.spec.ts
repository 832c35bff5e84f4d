import { expect, test } from 'vitest';
import * as app from './app.js';
import { applicationChecks } from './application.checks.js';
import { testingChecks } from './testing.checks.js';

test.each([...applicationChecks(app), ...testingChecks(app)])('$name', async ({ run, expected }) => {
  expect(await run()).toEqual(expected);
});

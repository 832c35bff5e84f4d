import * as app from './app';
import { applicationChecks } from './application.checks';
import { testingChecks } from './testing.checks';

test.each([...applicationChecks(app), ...testingChecks(app)])('$name', async ({ run, expected }) => {
  expect(await run()).toEqual(expected);
});

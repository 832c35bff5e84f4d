import { answersSuite } from './answers.suite.js';
import { costsSuite } from './costs.suite.js';
import { guardsSuite } from './guards.suite.js';
import { policiesSuite } from './policies.suite.js';
import type { Setting } from './reading.js';
import { subjectsSuite } from './subjects.suite.js';

/** The tests of the guard over HTTP, for every framework and store. */
export function httpGuardSuite(setting: Setting): void {
  answersSuite(setting);
  policiesSuite(setting);
  subjectsSuite(setting);
  costsSuite(setting);
  guardsSuite(setting);
}

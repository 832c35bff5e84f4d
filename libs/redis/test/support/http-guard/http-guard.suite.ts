import { answersSuite } from './answers.suite.js';
import { costsSuite } from './costs.suite.js';
import { guardsSuite } from './guards.suite.js';
import { policiesSuite } from './policies.suite.js';
import type { Setting } from './reading.js';
import { subjectsSuite } from './subjects.suite.js';

/** What holds for HTTP, whatever framework and store are below. */
export function httpGuardSuite(setting: Setting): void {
  answersSuite(setting);
  policiesSuite(setting);
  subjectsSuite(setting);
  costsSuite(setting);
  guardsSuite(setting);
}

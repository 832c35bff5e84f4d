import { describe, expect, it } from 'vitest';
import { ALERTS_FILE, alertRules } from '../monitoring/alerts.file.js';
import { quietTest, ruleTests, scenarioTest } from './alerts/alert.tests.js';
import { CACHE_SCENARIOS } from './alerts/cache.scenarios.js';
import { CLIENT_SCENARIOS } from './alerts/client.scenarios.js';
import { FALLBACK_SCENARIOS } from './alerts/fallback.scenarios.js';
import { HEALTHY } from './alerts/healthy.series.js';
import { LIMIT_SCENARIOS } from './alerts/limit.scenarios.js';
import { promtool, promtoolOn } from './promtool.js';

const SCENARIOS = [...CACHE_SCENARIOS, ...CLIENT_SCENARIOS, ...FALLBACK_SCENARIOS, ...LIMIT_SCENARIOS];
const MINUTES = [1, 5, 10, 20, 30, 45, 60, 62, 65, 70, 75, 90, 105, 119].map((minute) => `${minute}m`);

const passes = async (tests: readonly object[]): Promise<void> => {
  const { code, output } = await promtoolOn(ruleTests(tests), 'test', 'rules');
  expect({ code, output }).toEqual({ code: 0, output: expect.any(String) as string });
};

describe('the alert rules of the package', () => {
  it('pass promtool check rules', async () => {
    const { code, output } = await promtool('check', 'rules', ALERTS_FILE);
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${alertRules().length} rules`),
    });
  });

  it('have a scenario each', () => {
    expect(SCENARIOS.map(({ alert }) => alert).sort()).toEqual(
      alertRules()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it.each(SCENARIOS.map((scenario) => [scenario.alert, scenario] as const))(
    '%s waits, fires with its texts, and ends with the problem',
    async (_, scenario) => {
      await passes([scenarioTest(scenario)]);
    },
  );

  it('do not fire for an application without problems', async () => {
    await passes([quietTest(HEALTHY, MINUTES)]);
  });

  it('do not fire without data', async () => {
    await passes([quietTest({}, MINUTES)]);
  });
});

import { describe, expect, test } from 'vitest';
import type { TargetVerdict } from './health-verdict.js';
import { judgeHealth } from './judge-health.js';

const HEALTHY: TargetVerdict = { availability: 'serving', reasons: [] };
const SLOW: TargetVerdict = { availability: 'serving', reasons: ['slow'] };
const DOWN: TargetVerdict = { availability: 'unavailable', reasons: ['unavailable', 'fallback'] };
const REFUSED: TargetVerdict = { availability: 'misconfigured', reasons: ['misconfigured'] };

describe('the status of a store', () => {
  test.each<[string, boolean, readonly TargetVerdict[], object]>([
    ['a healthy server', true, [HEALTHY], { status: 'up', reasons: [] }],
    ['an impaired required server', true, [SLOW], { status: 'degraded', reasons: ['slow'] }],
    ['an unavailable required server', true, [DOWN], { status: 'down', reasons: ['unavailable', 'fallback'] }],
    ['an unavailable optional server', false, [DOWN], { status: 'degraded', reasons: ['unavailable', 'fallback'] }],
    ['a misconfigured optional server', false, [REFUSED], { status: 'down', reasons: ['misconfigured'] }],
    [
      'one of two shards down',
      true,
      [HEALTHY, DOWN],
      { status: 'degraded', reasons: ['shards', 'unavailable', 'fallback'] },
    ],
    [
      'one of two shards misconfigured',
      false,
      [REFUSED, SLOW],
      { status: 'degraded', reasons: ['shards', 'misconfigured', 'slow'] },
    ],
    ['all required shards down', true, [DOWN, DOWN], { status: 'down', reasons: ['unavailable', 'fallback'] }],
    [
      'all optional shards down, one misconfigured',
      false,
      [DOWN, REFUSED],
      { status: 'down', reasons: ['unavailable', 'fallback', 'misconfigured'] },
    ],
  ])('with %s (required: %s)', (_, isRequired, targets, expected) => {
    expect(judgeHealth(targets, isRequired)).toEqual(expected);
  });
});

import { expect, test } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { lastErrorNow, latestOf } from './last-error.js';

test('latestOf returns the newest error, even after the wall clock was set back', () => {
  const time = { ms: 0, wall: 1_000_000 };
  const clock = { monotonicMs: () => time.ms, wallMs: () => time.wall };
  const error = new RedisInfraError('CONNECTION_FAILED', 'no server');
  const before = lastErrorNow(error, clock);
  Object.assign(time, { ms: 10, wall: 500_000 });
  const after = lastErrorNow(error, clock);
  expect(latestOf([before, undefined, after])).toBe(after);
  expect(latestOf([undefined])).toBeUndefined();
});

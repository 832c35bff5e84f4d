import { describe, expect, test } from 'vitest';
import { RedisInfraError, type Outcome } from '../../common/redis-infra.error.js';
import { allOrLeastCertain, leastCertain } from './least-certain.js';

const failed = (outcome: Outcome): RedisInfraError => new RedisInfraError('CONNECTION_FAILED', outcome, { outcome });

describe('the error of a call with several attempts', () => {
  test.each([
    ['not-sent', 'unknown'],
    ['not-executed', 'unknown'],
    ['unknown', 'unknown'],
    ['executed', 'executed'],
  ] as const)('of which one may have run and the last one is %s has the outcome %s', (last, expected) => {
    expect(leastCertain(failed('unknown'), failed(last)).outcome).toBe(expected);
  });

  test('is the last one when no attempt may have run', () => {
    expect(leastCertain(undefined, failed('not-sent')).outcome).toBe('not-sent');
  });
});

describe('a call with several commands', () => {
  test('resolves with the results of all', async () => {
    expect(await allOrLeastCertain([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
  });

  test('rejects with the first error, unless a later command may have run', async () => {
    const notSent = Promise.reject(failed('not-sent'));
    const refused = Promise.reject(failed('not-executed'));
    await expect(allOrLeastCertain([Promise.resolve(1), notSent, refused])).rejects.toMatchObject({
      outcome: 'not-sent',
    });
    const unknown = Promise.reject(failed('unknown'));
    await expect(allOrLeastCertain([Promise.reject(failed('not-sent')), unknown])).rejects.toMatchObject({
      outcome: 'unknown',
    });
  });
});

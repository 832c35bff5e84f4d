import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import { CLOSED, DEADLINE, FULL, READ_ONLY, REFUSED, reply, virtualNode } from '../../../test/support/virtual-node.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RetryBudget } from './retry/retry-budget.js';
import { mayRepeat, retryDelayMs } from './retry/retry-rule.js';
import { WriteLedger } from './retry/write-ledger.js';

describe('what may be sent again', () => {
  const wrongPassword = new RedisInfraError('CONNECTION_FAILED', 'refused', {
    retryable: false,
    context: { reason: 'WRONGPASS' },
  });
  test.each([
    ['closed in flight', CLOSED, [true, true, false]],
    ['no answer in time', DEADLINE, [true, true, false]],
    ['not connected', REFUSED, [true, true, true]],
    ['READONLY', READ_ONLY, [true, true, true]],
    ['at its maxmemory', FULL, [true, true, true]],
    ['a mistake of the caller', reply('ERR'), [false, false, false]],
    ['a user without the permission', reply('NOPERM'), [false, false, false]],
    ['a wrong password', wrongPassword, [false, false, false]],
    ['refused by an open circuit', new RedisInfraError('CIRCUIT_OPEN', 'open'), [false, false, false]],
    ['too many under way', new RedisInfraError('OVERLOADED', 'many'), [false, false, false]],
    ['closed by its owner', new RedisInfraError('CLOSED', 'closed'), [false, false, false]],
  ])('%s: reads, deletes, other writes', (_, error, expected) => {
    expect((['read', 'delete', 'write'] as const).map((kind) => mayRepeat(kind, error))).toEqual(expected);
  });

  test('waits 10 to 100 ms, all of them equally likely', () => {
    const random = seededRandom(7);
    const delays = Array.from({ length: 10_000 }, () => retryDelayMs(random));
    expect([Math.min(...delays), Math.max(...delays)]).toEqual([10, 100]);
    const below = delays.filter((delay) => delay < 55).length;
    expect(below).toBeGreaterThan(4500);
    expect(below).toBeLessThan(5500);
  });

  test('is not, once it was sent again as often as may be, or the circuit is open', () => {
    const { guard } = virtualNode({ retry: { attempts: 2 } });
    const command = (resends: number, kind: 'read' | 'write' = 'read') => ({ name: 'get', kind, resends });
    expect([0, 1, 2].map((resends) => guard.retryDelayMs(command(resends), CLOSED) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    guard.replied(0, READ_ONLY, 0);
    expect(guard.retryDelayMs(command(0, 'write'), READ_ONLY)).toBeUndefined();
    expect(guard.retryDelayMs(command(0), CLOSED)).toBeDefined();
    guard.unreachable(REFUSED);
    expect(guard.retryDelayMs(command(0), CLOSED)).toBeUndefined();
  });

  test('is nothing with `retry: false`', () => {
    const { guard } = virtualNode({ retry: false });
    expect(guard.retryDelayMs({ name: 'get', kind: 'read', resends: 0 }, CLOSED)).toBeUndefined();
  });
});

describe('the budget', () => {
  const takeAll = (budget: RetryBudget, nowMs: number): number => {
    let taken = 0;
    while (taken < 100_000 && budget.take(nowMs)) taken++;
    return taken;
  };

  test('is ten a second and a tenth of what went well, over ten seconds', () => {
    const budget = new RetryBudget(0.1);
    for (let i = 0; i < 5000; i++) budget.succeeded(i);
    expect(takeAll(budget, 5000)).toBe(100 + 500);
    expect(takeAll(budget, 9000)).toBe(0);
    for (let i = 0; i < 1000; i++) budget.succeeded(9000);
    expect(takeAll(budget, 9000)).toBe(100);
  });

  test('is not saved up: what is older than ten seconds pays for nothing', () => {
    const budget = new RetryBudget(0.1);
    for (let i = 0; i < 100_000; i++) budget.succeeded(1000);
    expect(takeAll(budget, 60_000)).toBe(100);
  });

  test('over a long outage is ten a second', () => {
    const budget = new RetryBudget(0.1);
    let taken = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 10) taken += takeAll(budget, nowMs);
    expect(taken).toBeGreaterThanOrEqual(1000);
    expect(taken).toBeLessThanOrEqual(1100);
  });

  test('is counted in `retries`', () => {
    const { guard } = virtualNode();
    let paid = 0;
    while (paid < 1000 && guard.spendRetryToken()) paid++;
    expect([paid, guard.retries]).toEqual([100, 100]);
  });
});

describe('writes of one key', () => {
  test('an earlier one is not the newest, also when the later one has ended already', () => {
    const ledger = new WriteLedger();
    const [early, late, other] = [{ keys: ['a', 'b'] }, { keys: ['b'] }, { keys: ['c'] }];
    ledger.enter(early);
    expect(ledger.isNewest(early)).toBe(true);
    ledger.enter(other);
    expect(ledger.isNewest(early)).toBe(true);
    ledger.enter(late);
    expect([ledger.isNewest(early), ledger.isNewest(late)]).toEqual([false, true]);
    ledger.leave(late);
    expect(ledger.isNewest(early)).toBe(false);
  });
});

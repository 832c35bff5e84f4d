import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import { CLOSED, DEADLINE, FULL, READ_ONLY, REFUSED, reply, virtualNode } from '../../../test/support/virtual-node.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RetryBudget } from './retry/retry-budget.js';
import { mayRepeat, retryDelayMs } from './retry/retry-rule.js';
import { WriteLedger } from './retry/write-ledger.js';

describe('retries', () => {
  const wrongPassword = new RedisInfraError('CONNECTION_FAILED', 'refused', {
    retryable: false,
    context: { reason: 'WRONGPASS' },
  });
  test.each([
    ['a connection that closed in flight', CLOSED, [true, true, false]],
    ['a missing answer', DEADLINE, [true, true, false]],
    ['a missing connection', REFUSED, [true, true, true]],
    ['READONLY', READ_ONLY, [true, true, true]],
    ['a server at its maxmemory', FULL, [true, true, true]],
    ['a mistake of the caller', reply('ERR'), [false, false, false]],
    ['a user without the permission', reply('NOPERM'), [false, false, false]],
    ['a wrong password', wrongPassword, [false, false, false]],
    ['an open circuit', new RedisInfraError('CIRCUIT_OPEN', 'open'), [false, false, false]],
    ['OVERLOADED', new RedisInfraError('OVERLOADED', 'many'), [false, false, false]],
    ['a store that was disconnected', new RedisInfraError('CLOSED', 'closed'), [false, false, false]],
  ])('after %s are allowed for reads, deletes and other writes as listed', (_, error, expected) => {
    expect((['read', 'delete', 'write'] as const).map((kind) => mayRepeat(kind, error))).toEqual(expected);
  });

  test('wait 10 to 100 ms, with equal probability', () => {
    const random = seededRandom(7);
    const delays = Array.from({ length: 10_000 }, () => retryDelayMs(random));
    expect([Math.min(...delays), Math.max(...delays)]).toEqual([10, 100]);
    const below = delays.filter((delay) => delay < 55).length;
    expect(below).toBeGreaterThan(4500);
    expect(below).toBeLessThan(5500);
  });

  test('end after the maximum number of attempts, and when the circuit is open', () => {
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

  test('do not happen with `retry: false`', () => {
    const { guard } = virtualNode({ retry: false });
    expect(guard.retryDelayMs({ name: 'get', kind: 'read', resends: 0 }, CLOSED)).toBeUndefined();
  });
});

describe('the retry budget', () => {
  const takeAll = (budget: RetryBudget, nowMs: number): number => {
    let taken = 0;
    while (taken < 100_000 && budget.take(nowMs)) taken++;
    return taken;
  };

  test('is ten per second plus a tenth of the successes of ten seconds', () => {
    const budget = new RetryBudget(0.1);
    for (let i = 0; i < 5000; i++) budget.succeeded(i);
    expect(takeAll(budget, 5000)).toBe(100 + 500);
    expect(takeAll(budget, 9000)).toBe(0);
    for (let i = 0; i < 1000; i++) budget.succeeded(9000);
    expect(takeAll(budget, 9000)).toBe(100);
  });

  test('ignores successes older than ten seconds', () => {
    const budget = new RetryBudget(0.1);
    for (let i = 0; i < 100_000; i++) budget.succeeded(1000);
    expect(takeAll(budget, 60_000)).toBe(100);
  });

  test('is ten per second during a long outage', () => {
    const budget = new RetryBudget(0.1);
    let taken = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 10) taken += takeAll(budget, nowMs);
    expect(taken).toBeGreaterThanOrEqual(1000);
    expect(taken).toBeLessThanOrEqual(1100);
  });

  test('counts each token in `retries`', () => {
    const { guard } = virtualNode();
    let paid = 0;
    while (paid < 1000 && guard.spendRetryToken()) paid++;
    expect([paid, guard.retries]).toEqual([100, 100]);
  });
});

describe('the write ledger', () => {
  test('does not report an earlier write as the newest, even when the later one has left', () => {
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

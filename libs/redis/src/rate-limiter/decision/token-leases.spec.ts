import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../common/clock.js';
import { deferred } from '../../../test/support/cache.js';
import { microtasks } from '../../../test/support/virtual-node.js';
import type { CallResult } from '../batching/awaited-call.js';
import { PolicyPlans, type PolicyPlan } from '../policy/policy-plan.js';
import { TokenLeases, type TokenSource } from './token-leases.js';

const POLICY = { name: 'hot', limit: 100, window: '10s', lease: { size: 8, ttl: '1s' } } as const;
const plans = new PolicyPlans([], '');
const plan = plans.of(POLICY);

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A server with a number of tokens; `take` waits for `hold`. */
class FakeSource implements TokenSource {
  readonly taken: number[] = [];
  returned = 0;
  granted = 0;
  failure: Error | undefined;
  hold: Promise<unknown> = Promise.resolve();

  constructor(private tokens = 1000) {}

  async take(_: PolicyPlan, __: string, tokens: number): Promise<CallResult> {
    this.taken.push(tokens);
    const sentMs = performance.now();
    await this.hold;
    if (this.failure !== undefined) throw this.failure;
    const admitted = Math.min(tokens, this.tokens);
    this.tokens -= admitted;
    this.granted += admitted;
    const verdict = { counted: admitted, free: this.tokens, resetUs: 0, waitUs: this.tokens > 0 ? -1 : 5000 };
    return { verdict: { admitted, policies: [verdict] }, nth: 0, sentMs };
  }

  async returnTokens(_: PolicyPlan, __: string, tokens: number): Promise<void> {
    this.returned += tokens;
    this.tokens += tokens;
  }
}

/** How many of `times` consecutive calls are allowed. */
async function spend(leases: TokenLeases, times: number): Promise<number> {
  let admitted = 0;
  for (let i = 0; i < times; i++) {
    const spent = await leases.spend(plan, 'k');
    if ('source' in spent && spent.allowed) admitted++;
  }
  return admitted;
}

describe('token leases', () => {
  test('double the batch with each fetch, up to the size', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    expect(await spend(leases, 30)).toBe(30);
    expect(source.taken).toEqual([1, 2, 4, 8, 8, 8]);
  });

  test('fetch one batch for all callers of a tick', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await Promise.all(Array.from({ length: 20 }, async () => leases.spend(plan, 'k')));
    expect(source.taken).toEqual([20]);
  });

  test('spend only granted tokens, and return the result of the server to callers without one', async () => {
    const source = new FakeSource(5);
    const leases = new TokenLeases(source, systemClock);
    expect(await spend(leases, 9)).toBe(5);
    expect(source.granted).toBe(5);
    expect(await leases.spend(plan, 'k')).toMatchObject({ nth: Infinity, verdict: { admitted: 0 } });
  });

  test('count down the remaining tokens', async () => {
    const leases = new TokenLeases(new FakeSource(100), systemClock);
    await spend(leases, 3);
    const remaining = [await leases.spend(plan, 'k'), await leases.spend(plan, 'k')];
    expect(remaining).toMatchObject([
      { remaining: 96, source: 'lease' },
      { remaining: 95, source: 'lease' },
    ]);
  });

  test('return unspent tokens after the ttl, and halve the next batch', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await spend(leases, 8);
    const { granted } = source;
    await vi.advanceTimersByTimeAsync(1000);
    expect(source.returned).toBe(granted - 8);
    await spend(leases, 1);
    expect(source.taken).toEqual([1, 2, 4, 8, 4]);
  });

  test('serve the waiting callers from a batch that arrives after its ttl, and return the rest', async () => {
    const source = new FakeSource();
    const hold = deferred<void>();
    source.hold = hold.promise;
    const leases = new TokenLeases(source, systemClock);
    const spent = leases.spend(plan, 'k');
    await vi.advanceTimersByTimeAsync(2000);
    hold.give();
    expect(await spent).toMatchObject({ allowed: true });
    await leases.close();
    expect(source.granted - source.returned).toBe(1);
  });

  test('serve callers that come during a fetch from its batch, in order', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await spend(leases, 7);
    const hold = deferred<void>();
    source.hold = hold.promise;
    const order: number[] = [];
    const spent = [1, 2, 3, 4, 5].map(async (i) => {
      for (let wait = 0; wait < i; wait++) await Promise.resolve();
      await leases.spend(plan, 'k');
      order.push(i);
    });
    await microtasks();
    hold.give();
    await Promise.all(spent);
    expect([source.taken, source.returned, order]).toEqual([[1, 2, 4, 8], 0, [1, 2, 3, 4, 5]]);
    await leases.close();
    expect(source.granted - source.returned).toBe(12);
  });

  test('fetch again for callers that come during a fetch when its batch is too small or too late', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    const hold = deferred<void>();
    source.hold = hold.promise;
    const first = leases.spend(plan, 'k');
    await microtasks();
    const later = [leases.spend(plan, 'k'), leases.spend(plan, 'k')];
    hold.give();
    await Promise.all([first, ...later]);
    expect([source.taken, source.returned]).toEqual([[1, 2], 0]);

    const slow = deferred<void>();
    source.hold = slow.promise;
    const fourth = leases.spend(plan, 'k');
    await microtasks();
    const fifth = leases.spend(plan, 'k');
    await vi.advanceTimersByTimeAsync(1000);
    slow.give();
    await Promise.all([fourth, fifth]);
    await leases.close();
    expect([source.taken.slice(0, 3), source.granted - source.returned]).toEqual([[1, 2, 4], 5]);
  });

  test('serve no later caller from a batch that was fetched before a penalty', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await spend(leases, 3);
    const hold = deferred<void>();
    source.hold = hold.promise;
    const early = leases.spend(plan, 'k');
    await microtasks();
    const late = leases.spend(plan, 'k');
    leases.forget(plan, 'k', false);
    hold.give();
    await Promise.all([early, late]);
    await leases.close();
    expect([source.taken, source.granted - source.returned]).toEqual([[1, 2, 4, 1], 5]);
  });

  test('reject waiting callers with the error of the server, and fetch again for the next', async () => {
    const source = new FakeSource();
    source.failure = new Error('unavailable');
    const leases = new TokenLeases(source, systemClock);
    await expect(leases.spend(plan, 'k')).rejects.toThrow('unavailable');
    source.failure = undefined;
    expect(await spend(leases, 1)).toBe(1);
  });

  test('return all tokens on close, including those of a fetch in flight', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await spend(leases, 3);
    const hold = deferred<void>();
    source.hold = hold.promise;
    const spent = [leases.spend(plan, 'k'), leases.spend(plan, 'other')];
    const closed = leases.close();
    hold.give();
    await Promise.all([...spent, closed]);
    expect(source.granted - source.returned).toBe(5);
  });

  test('drop the tokens of a fetch in flight during a reset instead of returning them', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await spend(leases, 3);
    const hold = deferred<void>();
    source.hold = hold.promise;
    const spent = leases.spend(plan, 'k');
    await microtasks();
    leases.forget(plan, 'k', true);
    hold.give();
    await spent;
    await leases.close();
    expect([source.granted, source.returned]).toEqual([7, 0]);
  });

  test('return the tokens of a forgotten subject, and start a new lease for a changed limit', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source, systemClock);
    await spend(leases, 4);
    leases.forget(plan, 'k', false);
    expect(source.returned).toBe(3);
    await spend(leases, 2);
    await leases.spend(plans.of({ ...POLICY, limit: 50 }), 'k');
    expect(source.taken.slice(-3)).toEqual([1, 2, 1]);
    expect(source.granted - source.returned).toBe(7);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { held } from '../../../test/support/cache.js';
import { microtasks } from '../../../test/support/virtual-node.js';
import type { CallResult } from '../batching/awaited-call.js';
import { PolicyPlans, type PolicyPlan } from '../policy/policy-plan.js';
import { TokenLeases, type TokenSource } from './token-leases.js';

const POLICY = { name: 'hot', limit: 100, window: '10s', lease: { size: 8, ttl: '1s' } } as const;
const plans = new PolicyPlans([], '');
const plan = plans.of(POLICY);

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A server with so many tokens; `grant` is held where the test says so. */
class FakeSource implements TokenSource {
  readonly taken: number[] = [];
  returned = 0;
  granted = 0;
  failure: Error | undefined;
  circuit: Promise<unknown> = Promise.resolve();

  constructor(private tokens = 1000) {}

  async take(_: PolicyPlan, __: string, tokens: number): Promise<CallResult> {
    this.taken.push(tokens);
    const sentMs = performance.now();
    await this.circuit;
    if (this.failure !== undefined) throw this.failure;
    const admitted = Math.min(tokens, this.tokens);
    this.tokens -= admitted;
    this.granted += admitted;
    const verdict = { counted: admitted, free: this.tokens, resetUs: 0, waitUs: this.tokens > 0 ? -1 : 5000 };
    return { verdict: { admitted, policies: [verdict] }, nth: 0, sentMs };
  }

  async giveBack(_: PolicyPlan, __: string, tokens: number): Promise<void> {
    this.returned += tokens;
    this.tokens += tokens;
  }
}

/** How many of so many that ask one after the other are let through. */
async function spend(leases: TokenLeases, times: number): Promise<number> {
  let admitted = 0;
  for (let i = 0; i < times; i++) {
    const spent = await leases.spend(plan, 'k');
    if ('source' in spent && spent.allowed) admitted++;
  }
  return admitted;
}

describe('leases', () => {
  test('ask for more each time, up to the size', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    expect(await spend(leases, 30)).toBe(30);
    expect(source.taken).toEqual([1, 2, 4, 8, 8, 8]);
  });

  test('fetch at once for all who wait', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await Promise.all(Array.from({ length: 20 }, async () => leases.spend(plan, 'k')));
    expect(source.taken).toEqual([20]);
  });

  test('spend what was granted and no more; who gets nothing has the answer of the server', async () => {
    const source = new FakeSource(5);
    const leases = new TokenLeases(source);
    expect(await spend(leases, 9)).toBe(5);
    expect(source.granted).toBe(5);
    expect(await leases.spend(plan, 'k')).toMatchObject({ nth: Infinity, verdict: { admitted: 0 } });
  });

  test('count down what remains', async () => {
    const leases = new TokenLeases(new FakeSource(100));
    await spend(leases, 3);
    const remaining = [await leases.spend(plan, 'k'), await leases.spend(plan, 'k')];
    expect(remaining).toMatchObject([
      { remaining: 96, source: 'lease' },
      { remaining: 95, source: 'lease' },
    ]);
  });

  test('spend nothing after their time, give it back, and ask for less then', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await spend(leases, 8);
    const { granted } = source;
    await vi.advanceTimersByTimeAsync(1000);
    expect(source.returned).toBe(granted - 8);
    await spend(leases, 1);
    expect(source.taken).toEqual([1, 2, 4, 8, 4]);
  });

  test('an answer that comes after the time of its batch grants one token to each who waits, and the rest goes back', async () => {
    const source = new FakeSource();
    const circuit = held<void>();
    source.circuit = circuit.promise;
    const leases = new TokenLeases(source);
    const spent = leases.spend(plan, 'k');
    await vi.advanceTimersByTimeAsync(2000);
    circuit.give();
    expect(await spent).toMatchObject({ allowed: true });
    await leases.close();
    expect(source.granted - source.returned).toBe(1);
  });

  test('serve callers that come while a batch is fetched from that batch, in their order', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await spend(leases, 7);
    const circuit = held<void>();
    source.circuit = circuit.promise;
    const order: number[] = [];
    const spent = [1, 2, 3, 4, 5].map(async (i) => {
      for (let wait = 0; wait < i; wait++) await Promise.resolve();
      await leases.spend(plan, 'k');
      order.push(i);
    });
    await microtasks();
    circuit.give();
    await Promise.all(spent);
    expect([source.taken, source.returned, order]).toEqual([[1, 2, 4, 8], 0, [1, 2, 3, 4, 5]]);
    await leases.close();
    expect(source.granted - source.returned).toBe(12);
  });

  test('fetch again for callers that come while a batch is fetched, where it is not enough or comes too late', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    const circuit = held<void>();
    source.circuit = circuit.promise;
    const first = leases.spend(plan, 'k');
    await microtasks();
    const later = [leases.spend(plan, 'k'), leases.spend(plan, 'k')];
    circuit.give();
    await Promise.all([first, ...later]);
    expect([source.taken, source.returned]).toEqual([[1, 2], 0]);

    const slow = held<void>();
    source.circuit = slow.promise;
    const fourth = leases.spend(plan, 'k');
    await microtasks();
    const fifth = leases.spend(plan, 'k');
    await vi.advanceTimersByTimeAsync(1000);
    slow.give();
    await Promise.all([fourth, fifth]);
    await leases.close();
    expect([source.taken.slice(0, 3), source.granted - source.returned]).toEqual([[1, 2, 4], 5]);
  });

  test('serve nobody from a batch that was fetched before its subject was penalised', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await spend(leases, 3);
    const circuit = held<void>();
    source.circuit = circuit.promise;
    const asked = leases.spend(plan, 'k');
    await microtasks();
    const late = leases.spend(plan, 'k');
    leases.forget(plan, 'k', false);
    circuit.give();
    await Promise.all([asked, late]);
    await leases.close();
    expect([source.taken, source.granted - source.returned]).toEqual([[1, 2, 4, 1], 5]);
  });

  test('fail those who wait with what the server failed with, and go on', async () => {
    const source = new FakeSource();
    source.failure = new Error('away');
    const leases = new TokenLeases(source);
    await expect(leases.spend(plan, 'k')).rejects.toThrow('away');
    source.failure = undefined;
    expect(await spend(leases, 1)).toBe(1);
  });

  test('give everything back when they are closed, also what is only being granted', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await spend(leases, 3);
    const circuit = held<void>();
    source.circuit = circuit.promise;
    const spent = [leases.spend(plan, 'k'), leases.spend(plan, 'other')];
    const closed = leases.close();
    circuit.give();
    await Promise.all([...spent, closed]);
    expect(source.granted - source.returned).toBe(5);
  });

  test('what is being granted while the counts are begun anew does not go back: they know nothing of it', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await spend(leases, 3);
    const circuit = held<void>();
    source.circuit = circuit.promise;
    const spent = leases.spend(plan, 'k');
    await microtasks();
    leases.forget(plan, 'k', true);
    circuit.give();
    await spent;
    await leases.close();
    expect([source.granted, source.returned]).toEqual([7, 0]);
  });

  test('what is left of a subject goes back when it is forgotten, and another limit begins anew', async () => {
    const source = new FakeSource();
    const leases = new TokenLeases(source);
    await spend(leases, 4);
    leases.forget(plan, 'k', false);
    expect(source.returned).toBe(3);
    await spend(leases, 2);
    await leases.spend(plans.of({ ...POLICY, limit: 50 }), 'k');
    expect(source.taken.slice(-3)).toEqual([1, 2, 1]);
    expect(source.granted - source.returned).toBe(7);
  });
});

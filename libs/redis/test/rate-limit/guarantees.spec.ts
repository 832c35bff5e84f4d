import { describe, expect, test } from 'vitest';
import { FuzzRandom } from '../codec/fuzz/fuzz-random.js';
import type { RateLimitPolicy } from '../../src/rate-limiter/policy/rate-limit-policy.js';
import { SimulatedLimit } from './simulated-limit.js';

const SEED = 50_002;
const CASES = Array.from({ length: 30 }, (_, index) => index);
const CALLS = 400;
const LIMITS = [1, 2, 3, 7, 16, 40];
const WINDOWS_MS = [7, 16, 100, 1000, 1900, 60_000];

interface Spent {
  readonly atUs: number;
  readonly tokens: number;
}

type Unnamed = Omit<RateLimitPolicy, 'name'>;

function randomLimit(random: FuzzRandom): Unnamed {
  return { limit: random.pick(LIMITS), window: `${random.pick(WINDOWS_MS)}ms` };
}

interface Spending {
  readonly limit: SimulatedLimit;
  readonly spent: readonly Spent[];
  /** Refusals with a wrong retry time: there was room before it, or none at it. */
  readonly broken: readonly string[];
}

/** Spends tokens at random moments, and exactly at the retry time of refusals. */
function spendAll(policy: Unnamed, random: FuzzRandom): Spending {
  const broken: string[] = [];
  const limit = new SimulatedLimit(policy);
  const { burst, windowMs } = limit.policy;
  const spent: Spent[] = [];
  for (let i = 0; i < CALLS; i++) {
    const tokens = random.onceIn(3) ? 1 + random.below(burst) : 1;
    const { isAdmitted, waitUs } = limit.decide({ amount: tokens });
    if (isAdmitted) spent.push({ atUs: limit.nowUs, tokens });
    else if (random.onceIn(2)) {
      limit.nowUs += waitUs - 1;
      if (limit.decide({ amount: tokens }).isAdmitted) broken.push(`call ${i}: room a microsecond earlier`);
      limit.nowUs += 1;
      if (!limit.decide({ amount: tokens }).isAdmitted) broken.push(`call ${i}: no room then`);
      spent.push({ atUs: limit.nowUs, tokens });
    }
    limit.nowUs += random.below(random.onceIn(4) ? windowMs * 1000 : Math.ceil((windowMs * 1000) / burst));
  }
  return { limit, spent, broken };
}

/** The largest excess over `bound` of the tokens spent in any span; `bound` depends on the length of the span. */
function maxExcess(spent: readonly Spent[], bound: (spanUs: number) => number): number {
  let max = -Infinity;
  spent.forEach(({ atUs: fromUs }, i) => {
    let sum = 0;
    for (const { atUs, tokens } of spent.slice(i)) {
      sum += tokens;
      max = Math.max(max, sum - bound(atUs - fromUs));
    }
  });
  return max;
}

describe.each(CASES)(`guarantees at random moments, seed ${SEED}, case %i`, (index) => {
  test('gcra admits no more than burst + rate * t in any span t', () => {
    const random = new FuzzRandom(SEED, index);
    const burst = random.onceIn(2) ? { burst: random.pick(LIMITS) } : {};
    const { limit, spent, broken } = spendAll({ ...randomLimit(random), ...burst }, random);
    const { policy } = limit;
    const above = maxExcess(spent, (spanUs) => policy.burst + (policy.limit * spanUs) / (policy.windowMs * 1000));
    expect(above).toBeLessThan(1e-6);
    expect(broken).toEqual([]);
    expect(spent.length).toBeGreaterThan(CALLS / 4);
  });

  test('a sliding window admits no more than its limit in any window', () => {
    const random = new FuzzRandom(SEED, index);
    const { limit, spent, broken } = spendAll({ ...randomLimit(random), algorithm: 'sliding-window' }, random);
    const { limit: maxTokens, windowMs } = limit.policy;
    expect(maxExcess(spent, (spanUs) => (spanUs < windowMs * 1000 ? maxTokens : Infinity))).toBeLessThanOrEqual(0);
    expect(broken).toEqual([]);
    expect(spent.length).toBeGreaterThan(10);
  });

  test('a fixed window admits no more than its limit between two window boundaries', () => {
    const random = new FuzzRandom(SEED, index);
    const { limit, spent, broken } = spendAll({ ...randomLimit(random), algorithm: 'fixed-window' }, random);
    const { limit: maxTokens, windowMs } = limit.policy;
    const windows = new Map<number, number>();
    for (const { atUs, tokens } of spent) {
      const window = Math.floor(atUs / (windowMs * 1000));
      windows.set(window, (windows.get(window) ?? 0) + tokens);
    }
    expect(Math.max(...windows.values())).toBeLessThanOrEqual(maxTokens);
    expect(broken).toEqual([]);
    expect(spent.length).toBeGreaterThan(10);
  });

  test('concurrency has at most limit holders, and a holder that renews in time keeps its permit', () => {
    const random = new FuzzRandom(SEED, index);
    const limit = new SimulatedLimit({ ...randomLimit(random), algorithm: 'concurrency' });
    const { limit: permits, windowMs } = limit.policy;
    const held = new Map<number, number>();
    const wrong: string[] = [];
    for (let i = 0; i < CALLS; i++) {
      for (const [holder, endUs] of held) if (endUs <= limit.nowUs) held.delete(holder);
      const holder = 1 + random.below(2 * permits + 2);
      const operation = random.pick(['consume', 'renew', 'release'] as const);
      const { isAdmitted } = limit.decide({ operation, holder });
      if (operation === 'release') held.delete(holder);
      else {
        if (isAdmitted !== (held.has(holder) || held.size < permits)) wrong.push(`call ${i}: ${operation}`);
        if (isAdmitted) held.set(holder, limit.nowUs + windowMs * 1000);
      }
      if (held.size > permits) wrong.push(`call ${i}: ${held.size} holders`);
      limit.nowUs += random.below(Math.ceil((windowMs * 1000) / permits));
    }
    expect(wrong).toEqual([]);
  });
});

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
  /** What a refusal said of the time when there is room, where that was not so: before it, or not then. */
  readonly broken: readonly string[];
}

/** Asks again and again, at random moments and exactly when room was promised. */
function spendAll(policy: Unnamed, random: FuzzRandom): Spending {
  const broken: string[] = [];
  const limit = new SimulatedLimit(policy);
  const { burst, windowMs } = limit.policy;
  const spent: Spent[] = [];
  for (let i = 0; i < CALLS; i++) {
    const tokens = random.onceIn(3) ? 1 + random.below(burst) : 1;
    const { isAdmitted, waitUs } = limit.ask({ amount: tokens });
    if (isAdmitted) spent.push({ atUs: limit.nowUs, tokens });
    else if (random.onceIn(2)) {
      limit.nowUs += waitUs - 1;
      if (limit.ask({ amount: tokens }).isAdmitted) broken.push(`call ${i}: room a microsecond earlier`);
      limit.nowUs += 1;
      if (!limit.ask({ amount: tokens }).isAdmitted) broken.push(`call ${i}: no room then`);
      spent.push({ atUs: limit.nowUs, tokens });
    }
    limit.nowUs += random.below(random.onceIn(4) ? windowMs * 1000 : Math.ceil((windowMs * 1000) / burst));
  }
  return { limit, spent, broken };
}

/** The most that was spent above a bound of the tokens of any span, by its length. */
function mostAbove(spent: readonly Spent[], bound: (spanUs: number) => number): number {
  let most = -Infinity;
  spent.forEach(({ atUs: fromUs }, i) => {
    let sum = 0;
    for (const { atUs, tokens } of spent.slice(i)) {
      sum += tokens;
      most = Math.max(most, sum - bound(atUs - fromUs));
    }
  });
  return most;
}

describe.each(CASES)(`guarantees at random moments, seed ${SEED}, case %i`, (index) => {
  test('gcra admits no more than burst + rate * t in any span t', () => {
    const random = new FuzzRandom(SEED, index);
    const burst = random.onceIn(2) ? { burst: random.pick(LIMITS) } : {};
    const { limit, spent, broken } = spendAll({ ...randomLimit(random), ...burst }, random);
    const { policy } = limit;
    const above = mostAbove(spent, (spanUs) => policy.burst + (policy.limit * spanUs) / (policy.windowMs * 1000));
    expect(above).toBeLessThan(1e-6);
    expect(broken).toEqual([]);
    expect(spent.length).toBeGreaterThan(CALLS / 4);
  });

  test('a sliding window admits no more than its limit in any window', () => {
    const random = new FuzzRandom(SEED, index);
    const { limit, spent, broken } = spendAll({ ...randomLimit(random), algorithm: 'sliding-window' }, random);
    const { limit: most, windowMs } = limit.policy;
    expect(mostAbove(spent, (spanUs) => (spanUs < windowMs * 1000 ? most : Infinity))).toBeLessThanOrEqual(0);
    expect(broken).toEqual([]);
    expect(spent.length).toBeGreaterThan(10);
  });

  test('a fixed window admits no more than its limit between two ticks of the calendar', () => {
    const random = new FuzzRandom(SEED, index);
    const { limit, spent, broken } = spendAll({ ...randomLimit(random), algorithm: 'fixed-window' }, random);
    const { limit: most, windowMs } = limit.policy;
    const windows = new Map<number, number>();
    for (const { atUs, tokens } of spent) {
      const window = Math.floor(atUs / (windowMs * 1000));
      windows.set(window, (windows.get(window) ?? 0) + tokens);
    }
    expect(Math.max(...windows.values())).toBeLessThanOrEqual(most);
    expect(broken).toEqual([]);
    expect(spent.length).toBeGreaterThan(10);
  });

  test('concurrency has no more holders than places, and whoever renews in time keeps its place', () => {
    const random = new FuzzRandom(SEED, index);
    const limit = new SimulatedLimit({ ...randomLimit(random), algorithm: 'concurrency' });
    const { limit: places, windowMs } = limit.policy;
    const held = new Map<number, number>();
    const wrong: string[] = [];
    for (let i = 0; i < CALLS; i++) {
      for (const [holder, endUs] of held) if (endUs <= limit.nowUs) held.delete(holder);
      const holder = 1 + random.below(2 * places + 2);
      const operation = random.pick(['consume', 'renew', 'release'] as const);
      const { isAdmitted } = limit.ask({ operation, holder });
      if (operation === 'release') held.delete(holder);
      else {
        if (isAdmitted !== (held.has(holder) || held.size < places)) wrong.push(`call ${i}: ${operation}`);
        if (isAdmitted) held.set(holder, limit.nowUs + windowMs * 1000);
      }
      if (held.size > places) wrong.push(`call ${i}: ${held.size} holders`);
      limit.nowUs += random.below(Math.ceil((windowMs * 1000) / places));
    }
    expect(wrong).toEqual([]);
  });
});

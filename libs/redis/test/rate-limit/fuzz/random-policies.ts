import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import {
  RATE_LIMIT_ALGORITHMS,
  compilePolicy,
  type CompiledPolicy,
} from '../../../src/rate-limiter/policy/compiled-policy.js';
import type { RateLimitPolicy } from '../../../src/rate-limiter/policy/rate-limit-policy.js';
import { CALENDAR_WINDOWS } from '../../../src/rate-limiter/policy/window-calendar.js';
import type { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';

const NAMES = ['a', 'b', 'c'];
const LIMITS = [1, 2, 3, 7, 10, 16, 50, 100, 997, 1000, 7777, 1_000_000, 999_999_937, 1_000_000_000];
const HOLDERS = [1, 2, 3, 5, 40];
const WINDOWS_MS = [1, 2, 7, 15, 16, 17, 100, 500, 1000, 1900, 10_000, 60_000, 3_600_000, 86_400_000, 2_592_000_000];
const TIME_ZONES = ['UTC', 'Europe/Zurich', 'America/Sao_Paulo', 'Asia/Kolkata', 'Pacific/Apia'];

/** A random valid policy. There are few names, so that policies of one name have different limits. */
export function randomPolicy(random: FuzzRandom): CompiledPolicy {
  for (;;) {
    try {
      return compilePolicy(policyOptions(random), '');
    } catch (error) {
      // Some limits cannot be counted exactly in some windows.
      if (!(error instanceof RedisInfraError)) throw error;
    }
  }
}

/** A plan of policies with different names. */
export function randomPlan(random: FuzzRandom, policies: readonly CompiledPolicy[]): readonly CompiledPolicy[] {
  const plan: CompiledPolicy[] = [];
  const size = random.onceIn(3) ? 1 + random.below(3) : 1;
  while (plan.length < size) {
    const policy = random.pick(policies);
    if (plan.some(({ name }) => name === policy.name)) return plan;
    plan.push(policy);
  }
  return plan;
}

function policyOptions(random: FuzzRandom): RateLimitPolicy {
  const algorithm = random.pick(RATE_LIMIT_ALGORITHMS);
  const isFixed = algorithm === 'fixed-window';
  const isConcurrency = algorithm === 'concurrency';
  const isCalendar = isFixed && random.onceIn(3);
  return {
    name: random.pick(NAMES),
    algorithm,
    limit: random.pick(isConcurrency ? HOLDERS : LIMITS),
    window: isCalendar ? random.pick(CALENDAR_WINDOWS) : `${random.pick(WINDOWS_MS)}ms`,
    shadow: random.onceIn(5),
    ...(algorithm === 'gcra' && random.onceIn(3) ? { burst: random.pick(LIMITS) } : {}),
    ...(!isConcurrency && random.onceIn(4) ? { blockFor: `${random.pick(WINDOWS_MS)}ms` } : {}),
    ...(isFixed && random.onceIn(3) ? { timeZone: random.pick(TIME_ZONES) } : {}),
  };
}

import { systemClock } from '../../../libs/redis/build/common/clock.js';
import { RedisInfraError } from '../../../libs/redis/build/common/redis-infra.error.js';
import { NodeGuard } from '../../../libs/redis/build/adapters/resilience/node-guard.js';
import { resolveResilience } from '../../../libs/redis/build/adapters/resilience/resilience-options.js';

export const label = 'NodeGuard';

const listener = { opened() {}, closed() {}, probed() {} };

/**
 * The bookkeeping of RedisAdapter for the result of a command: two synchronous calls, without a command or a promise.
 */
export function window() {
  const guard = new NodeGuard(resolveResilience({}, 'resilience'), {
    clock: systemClock,
    scheduler: { after: () => () => {} },
    random: Math.random,
    probe: () => new Promise(() => {}),
    listener,
  });
  const error = new RedisInfraError('DEADLINE_EXCEEDED', 'no answer', { outcome: 'unknown' });
  return {
    succeed: () => guard.answered(guard.generation, performance.now()),
    fail: () => guard.unanswered(guard.generation, error, performance.now()),
    isOpen: () => guard.breaker.read.refuses,
  };
}

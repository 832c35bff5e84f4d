import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthStatus } from '../../service/health/health-verdict.js';

/**
 * The result of an indicator. Terminus 11 does not know the status `degraded`: there it is `up`, with `degraded: true` in
 * the details.
 */
export function terminusResult<Key extends string>(
  service: HealthIndicatorService,
  key: Key,
  { status, ...details }: { readonly status: HealthStatus } & Readonly<Record<string, unknown>>,
): HealthIndicatorResult<Key> {
  const session = service.check(key);
  if (status === 'up') return session.up(details);
  if (status === 'down') return session.down(details);
  const knowsDegraded = typeof Reflect.get(session, 'degraded') === 'function';
  return knowsDegraded ? session.degraded(details) : session.up({ ...details, degraded: true });
}

import type { HealthReason, HealthVerdict, TargetVerdict } from './health-verdict.js';

/**
 * The status of all targets of a store. `down` makes a readiness probe fail, so it is kept for what no other part of the
 * application makes up for: a required Redis that serves no calls, and a configuration that waiting does not repair.
 */
export function judgeHealth(targets: readonly TargetVerdict[], isRequired: boolean): HealthVerdict {
  const unavailable = targets.filter(({ availability }) => availability !== 'serving');
  const isPartial = unavailable.length > 0 && unavailable.length < targets.length;
  const all = targets.flatMap(({ reasons }) => reasons);
  const reasons: readonly HealthReason[] = [...new Set(isPartial ? (['shards', ...all] as const) : all)];
  if (reasons.length === 0) return { status: 'up', reasons };
  if (unavailable.length < targets.length) return { status: 'degraded', reasons };
  const isMisconfigured = unavailable.some(({ availability }) => availability === 'misconfigured');
  return { status: isRequired || isMisconfigured ? 'down' : 'degraded', reasons };
}

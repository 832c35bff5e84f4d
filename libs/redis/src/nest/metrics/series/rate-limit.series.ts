import { OPERATION_SECONDS } from '../../../common/statistics/buckets.js';
import type { PolicySnapshot } from '../../../rate-limiter/statistics/limiter-snapshot.js';
import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';
import { policyLabel } from './labels.js';
import type { Sample, Series } from './series.js';

/** The series of the rate limits, by policy. */
export const RATE_LIMIT_SERIES: readonly Series[] = [
  {
    name: 'redis_ratelimit_requests_total',
    help: 'Decisions by policy, also those without Redis. shadow-refused: a shadow policy would have refused.',
    type: 'counter',
    labels: ['policy', 'decision'],
    samples: ofEach(({ decisions }) => Object.entries(decisions).map(([decision, count]) => [[decision], count])),
  },
  {
    name: 'redis_ratelimit_check_duration_seconds',
    help: 'Time from a call to its decision, of calls that asked Redis. Refusals of the deny cache and leased tokens are not timed.',
    type: 'histogram',
    labels: ['policy'],
    buckets: OPERATION_SECONDS,
    samples: ofEach(({ seconds }) => [[[], seconds]]),
  },
  {
    name: 'redis_ratelimit_errors_total',
    help: 'Decisions without Redis because it failed, by what decided instead: local, open or closed.',
    type: 'counter',
    labels: ['policy', 'action'],
    samples: ofEach(({ errors }) => Object.entries(errors).map(([action, count]) => [[action], count])),
  },
];

/** The samples of each policy, with its label in front. */
function ofEach<V>(
  samples: (policy: PolicySnapshot) => readonly Sample<V>[],
): (instance: InstanceSnapshot) => readonly Sample<V>[] {
  return (instance) =>
    instance.policies.flatMap((policy) =>
      samples(policy).map(([labels, value]): Sample<V> => [[policyLabel(instance, policy.policy), ...labels], value]),
    );
}

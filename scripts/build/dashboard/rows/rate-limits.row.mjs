import { percentiles, processes, rate } from '../queries.mjs';

const requests = (matchers) => processes('redis_ratelimit_requests_total', matchers);

/** @type {import('../panel.mjs').Row} */
export const RATE_LIMITS_ROW = {
  title: 'Rate limits',
  panels: [
    {
      title: 'Decisions',
      description: 'Requests by policy and decision.',
      unit: 'reqps',
      stacked: true,
      targets: [{ query: rate('policy, decision', requests()), legend: '{{policy}} {{decision}}' }],
    },
    {
      title: 'Refused part',
      description: 'Refused requests, of all requests of the policy.',
      unit: 'percentunit',
      targets: [
        {
          query: `${rate('policy', requests('decision="refused"'))} / ${rate('policy', requests())}`,
          legend: '{{policy}}',
        },
      ],
    },
    {
      title: 'Duration of decisions',
      description: 'Percentiles of the time that a decision takes.',
      unit: 's',
      targets: percentiles(processes('redis_ratelimit_check_duration_seconds_bucket')),
    },
    {
      title: 'Decisions without Redis',
      description: 'Decisions that Redis did not make, by what was done instead.',
      unit: 'ops',
      targets: [
        { query: rate('policy, action', processes('redis_ratelimit_errors_total')), legend: '{{policy}} {{action}}' },
      ],
    },
  ],
};

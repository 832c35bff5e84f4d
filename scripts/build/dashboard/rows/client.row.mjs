import { processes, rate, sum } from '../queries.mjs';

/** @type {import('../panel.mjs').Row} */
export const CLIENT_ROW = {
  title: 'Redis client',
  panels: [
    {
      title: 'Connected',
      description: '1: the client of the process is connected to Redis. 0: it is not.',
      unit: 'bool_yes_no',
      targets: [{ query: processes('redis_adapter_up'), legend: '{{instance}} {{client}}' }],
    },
    {
      title: 'Commands in flight',
      description: 'Commands that wait for their reply. Beyond maxInFlight further commands wait in a queue.',
      unit: 'short',
      targets: [{ query: sum('client', processes('redis_adapter_in_flight')), legend: '{{client}}' }],
    },
    {
      title: 'Errors',
      description:
        'Failures of the server and the connection, and calls that were refused without a command, by error code.',
      unit: 'ops',
      stacked: true,
      targets: [
        { query: rate('client, kind', processes('redis_adapter_errors_total')), legend: '{{client}} {{kind}}' },
      ],
    },
    {
      title: 'Reconnects',
      description: 'Connections that were made again after a loss.',
      unit: 'ops',
      targets: [{ query: rate('client', processes('redis_adapter_reconnects_total')), legend: '{{client}}' }],
    },
    {
      title: 'Retries',
      description: 'Commands that were sent again. Their budget is limited, so that retries do not add to an overload.',
      unit: 'ops',
      targets: [{ query: rate('client', processes('redis_retries_total')), legend: '{{client}}' }],
    },
    {
      title: 'Circuits',
      description:
        'Circuits by state. open: calls reject immediately. half-open: a probe is running. isolated: opened by hand.',
      unit: 'short',
      stacked: true,
      targets: [
        {
          query: sum('client, circuit, state', processes('redis_breaker_state')),
          legend: '{{client}} {{circuit}} {{state}}',
        },
      ],
    },
    {
      title: 'Changes of circuits',
      description: 'Transitions of circuits by the state after them.',
      unit: 'ops',
      targets: [
        {
          query: rate('client, circuit, to', processes('redis_breaker_transitions_total')),
          legend: '{{client}} {{circuit}} to {{to}}',
        },
      ],
    },
  ],
};

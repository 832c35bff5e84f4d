import { Counter, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const registers = [new Registry()];

const requests = new Counter({
  name: 'requests_total',
  help: 'Reads.',
  labelNames: ['cache', 'result', 'layer'],
  registers,
});
const operations = new Counter({
  name: 'operations_total',
  help: 'Operations.',
  labelNames: ['cache', 'operation', 'outcome'],
  registers,
});
const durations = new Histogram({
  name: 'operation_duration_seconds',
  help: 'Durations.',
  labelNames: ['cache', 'operation'],
  buckets: SECONDS,
  registers,
});

/** Counts a near hit as an application does that calls prom-client for each. */
export function countNearHit() {
  requests.inc({ cache: 'cache', result: 'hit', layer: 'near' });
}

/** Counts and times a read of the store in the same way. */
export function countRead(beganMs) {
  requests.inc({ cache: 'cache', result: 'hit', layer: 'redis' });
  operations.inc({ cache: 'cache', operation: 'get', outcome: 'ok' });
  durations.observe({ cache: 'cache', operation: 'get' }, (performance.now() - beganMs) / 1000);
}

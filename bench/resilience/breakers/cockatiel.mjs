import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
  isBrokenCircuitError,
  SamplingBreaker,
} from 'cockatiel';

export const label = 'cockatiel';

const HOUR_MS = 3_600_000;
const failing = () => Promise.reject(new Error('unavailable'));

export async function openCircuit() {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: HOUR_MS, breaker: new ConsecutiveBreaker(3) });
  while (policy.state !== CircuitState.Open) await policy.execute(failing).catch(() => {});
  return { call: () => policy.execute(failing), refusal: isBrokenCircuitError };
}

/** As in its documentation: half of the calls within ten seconds. */
export function window() {
  const breaker = new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 });
  const policy = circuitBreaker(handleAll, { halfOpenAfter: HOUR_MS, breaker });
  return {
    succeed: () => policy.execute(() => Promise.resolve()),
    fail: () => policy.execute(failing).catch(() => {}),
    isOpen: () => policy.state !== CircuitState.Closed,
  };
}

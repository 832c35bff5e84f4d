import CircuitBreaker from 'opossum';

export const label = 'opossum';

const HOUR_MS = 3_600_000;
const OPTIONS = { resetTimeout: HOUR_MS, timeout: false, rollingCountTimeout: 10_000, errorThresholdPercentage: 50 };

export async function openCircuit() {
  const breaker = new CircuitBreaker(() => Promise.reject(new Error('unavailable')), OPTIONS);
  while (!breaker.opened) await breaker.fire().catch(() => {});
  return { call: () => breaker.fire(), refusal: ({ code }) => code === 'EOPENBREAKER' };
}

/** `volumeThreshold` keeps the first failure from opening the circuit. */
export function window() {
  const breaker = new CircuitBreaker(
    (isWell) => (isWell ? Promise.resolve() : Promise.reject(new Error('unavailable'))),
    {
      ...OPTIONS,
      volumeThreshold: 20,
    },
  );
  return {
    succeed: () => breaker.fire(true),
    fail: () => breaker.fire(false).catch(() => {}),
    isOpen: () => breaker.opened,
  };
}

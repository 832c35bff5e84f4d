// One circuit breaker per process, like every contestant.
import { serve } from '../harness/served-process.mjs';

let breaker;
let circuit;

/** Microseconds per refused call. */
async function refuse({ ms }) {
  const endMs = performance.now() + ms;
  const start = performance.now();
  let calls = 0;
  while (performance.now() < endMs) {
    for (let i = 0; i < 100; i++, calls++) {
      const error = await circuit.call().then(
        () => undefined,
        (refusal) => refusal,
      );
      if (error === undefined || !circuit.refusal(error)) throw new Error(`a call was not refused: ${error}`);
    }
  }
  return { refused: ((performance.now() - start) * 1000) / calls };
}

const IN_FLIGHT = 1000;

async function filled(calls) {
  const window = breaker.window();
  for (let done = 0; done < calls; done += IN_FLIGHT) {
    const some = Array.from({ length: Math.min(IN_FLIGHT, calls - done) }, () => window.succeed());
    await Promise.all(some);
  }
  return window;
}

/**
 * Microseconds per failing call with `calls` successes in the window: the minimum of five rounds, because some contain
 * garbage collections.
 */
async function fail({ calls, failures }) {
  const window = await filled(calls);
  let fewest = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < failures; i++) {
      await window.fail();
      await window.succeed();
    }
    fewest = Math.min(fewest, ((performance.now() - start) * 1000) / failures);
  }
  if (window.isOpen()) throw new Error('the circuit opened: later calls were refused, not failed');
  return { failed: fewest };
}

serve({
  async open({ name }) {
    breaker = await import(`./breakers/${name}.mjs`);
    circuit = await breaker.openCircuit?.();
    return breaker.label;
  },
  refuse,
  fail,
});

import { mainThreadCpu } from '../harness/thread-cpu.mjs';

// Read the clock once per batch: its cost would be a noticeable part of small operations.
const BATCH = 8;
const SMALL_BYTES = 16 * 1024;

const operations = {
  encode(codec, { values, positions }) {
    return (index) => codec.encode(values[index], positions[index]);
  },
  decode(codec, { stored, positions }) {
    return (index) => codec.decode(stored[index], positions[index]);
  },
  'round trip'(codec, { values, positions }) {
    return (index) => {
      const position = positions[index];
      const bytes = codec.encode(values[index], position);
      return bytes instanceof Promise
        ? bytes.then((encoded) => codec.decode(encoded, position))
        : codec.decode(bytes, position);
    };
  },
};

/**
 * Runs operations sequentially for `ms` milliseconds. Awaits only promises: a synchronous result costs no microtask.
 * Returns µs per operation and operations per second, in CPU of the main thread, so that other work on the machine does
 * not count. A codec that uses the thread pool is measured by the clock. `held` is always CPU of the main thread.
 */
export async function drive(codec, data, { operation, bytes, ms }) {
  const operate = operations[operation](codec, data);
  const batch = bytes <= SMALL_BYTES ? BATCH : 1;
  const count = data.values.length;
  let done = 0;

  const cpu = mainThreadCpu();
  const start = performance.now();
  do {
    for (let i = 0; i < batch; i++) {
      const result = operate(done++ % count);
      if (result instanceof Promise) await result;
    }
  } while (performance.now() - start < ms);
  const elapsed = (performance.now() - start) * 1000;
  const held = mainThreadCpu() - cpu;

  const time = (codec.usesPool ? elapsed : held) / done;
  return { time, speed: 1e6 / time, held: held / done };
}

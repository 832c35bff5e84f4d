import { mainThreadCpu } from '../harness/thread-cpu.mjs';

// The clock is asked once for so many small operations, which it would otherwise be a part of.
const BATCH = 8;
const SMALL_BYTES = 16 * 1024;

const operations = {
  encode(codec, { values, places }) {
    return (index) => codec.encode(values[index], places[index]);
  },
  decode(codec, { stored, places }) {
    return (index) => codec.decode(stored[index], places[index]);
  },
  'round trip'(codec, { values, places }) {
    return (index) => {
      const place = places[index];
      const bytes = codec.encode(values[index], place);
      return bytes instanceof Promise
        ? bytes.then((encoded) => codec.decode(encoded, place))
        : codec.decode(bytes, place);
    };
  },
};

/**
 * One operation after the other for `ms` milliseconds. Only promises are waited for: whoever answers at once costs no turn.
 * Returns µs per operation and operations per second, of the main thread's CPU, so that what else runs on the machine does not
 * count; of the clock for a codec that works on the thread pool, where its main thread is idle meanwhile. `held` is always CPU.
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

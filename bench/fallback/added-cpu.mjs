import { openContestants } from '../harness/contestant.mjs';
import { atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const IN_FLIGHT = 100;
const BYTES = 240;

/** The CPU that the copies for an outage cost while Redis answers. */
export async function measureAddedCpu(redis, schedule) {
  const contestants = await openContestants(['cache-service', 'cache-service-without-fallback'], redis);
  try {
    const load = { operation: 'get', bytes: BYTES, inFlight: IN_FLIGHT };
    const [ours, without] = await interleave(contestants, schedule, (each, ms) => each.slice({ ...load, ms }));
    const name = `CacheService.get ${BYTES} B in Redis, ${IN_FLIGHT} in flight: client CPU`;
    const value = ratioOf(ours, without, 'cpu');
    return [
      row({ name, value: medianOf(ours, 'cpu'), unit: 'µs/op' }),
      row({ name, value, unit: 'x', peer: contestants[1].label, bar: atMost(1.05) }),
    ];
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

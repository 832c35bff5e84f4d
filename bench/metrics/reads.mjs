import { openContestants } from '../harness/contestant.mjs';
import { atMost, row } from '../harness/report.mjs';
import { differenceOf, interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const NAMES = ['cache-service', 'cache-service-uncounted', 'cache-service-prom-client'];
const READ = { operation: 'get', bytes: 240, inFlight: 100 };

/** Rows of the CPU of a `get` that Redis answers, with the counts for metrics, without them, and with prom-client. */
export async function measureReads(redis, schedule) {
  const contestants = await openContestants(NAMES, redis);
  const [ours, bare, prom] = await interleave(contestants, schedule, (contestant, ms) =>
    contestant.slice({ ...READ, ms }),
  );
  for (const contestant of contestants) contestant.stop();
  const name = `get ${READ.bytes} B in Redis, ${READ.inFlight} in flight: client CPU`;
  const added = differenceOf(ours, bare, 'cpu') * 1000;
  const addedByProm = differenceOf(prom, bare, 'cpu') * 1000;
  const [, without, withProm] = contestants.map(({ label }) => label);
  return [
    row({ name, value: medianOf(ours, 'cpu'), unit: 'µs/op' }),
    row({ name, value: ratioOf(ours, bare, 'cpu'), unit: 'x', peer: without, bar: atMost(1.05) }),
    row({ name, value: ratioOf(ours, prom, 'cpu'), unit: 'x', peer: withProm }),
    row({ name: `${name} that metrics add`, value: added, unit: 'ns/op' }),
    row({ name: `${name} that prom-client adds`, value: addedByProm, unit: 'ns/op' }),
  ];
}

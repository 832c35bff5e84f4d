import { atMost, row } from '../harness/report.mjs';
import { differenceOf } from '../harness/rounds.mjs';
import { cpuSlices } from '../http/added-cpu.mjs';
import { ONE, policiesTitle, THREE } from './policies.mjs';

const PROGRAM = new URL('./guard-server-process.mjs', import.meta.url);
const CONNECTIONS = 64;
const OURS = 'rate-limit-guard';
const PEER = { name: 'throttler-guard', label: '@nestjs/throttler + redis' };

const CASES = [
  { policies: ONE, bar: atMost(8) },
  { policies: THREE, bar: atMost(9) },
];

/**
 * The CPU that a guard adds to a request: the application with it minus the application without, under the same load.
 */
export async function measureGuard(redis, schedule, log) {
  log(`measuring Fastify at ${CONNECTIONS} connections`);
  const cases = CASES.flatMap(({ policies }) => [OURS, PEER.name].map((name) => ({ name, policies })));
  // One database per guard: the addresses are the same for all, and the counts must be separate.
  const variants = cases.map((each, index) => ({ ...each, database: index + 1 }));
  const load = { connections: CONNECTIONS, hasOwnAddresses: true, answersVary: true };
  const options = { program: PROGRAM, redis, ...load, ...schedule };
  const [bare, ...guarded] = await cpuSlices(variants, options);
  const added = guarded.map((slices) => differenceOf(slices, bare, 'cpu'));
  return CASES.flatMap(({ policies, bar }, index) => {
    const [ours, theirs] = added.slice(2 * index);
    const name = `Fastify, ${CONNECTIONS} connections, guard with ${policiesTitle(policies)}: CPU it adds`;
    return [
      row({ name, value: ours, unit: 'µs/request', bar }),
      row({ name, value: ours / theirs, unit: 'x', peer: PEER.label }),
      row({ name: `${name}, ${PEER.label}`, value: theirs, unit: 'µs/request' }),
    ];
  });
}

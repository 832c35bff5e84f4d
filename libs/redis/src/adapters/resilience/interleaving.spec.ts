import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import { DEADLINE, READ_ONLY, REFUSED, reply, virtualNode, WELL } from '../../../test/support/virtual-node.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** What the node is at a moment, and so what it answers to who asks it then. */
type Health = 'well' | 'silent' | 'away' | 'replica' | 'loading';

const HEALTHS: readonly Health[] = ['well', 'silent', 'away', 'replica', 'loading'];
const FAILURES: Readonly<Record<Exclude<Health, 'well'>, RedisInfraError>> = {
  silent: DEADLINE,
  away: REFUSED,
  replica: READ_ONLY,
  loading: reply('LOADING'),
};

/**
 * Calls, results that come late and in any order, probes that hang, connections that come and go: chosen by a seed. Checked after
 * every step: what is refused is what the circuits say; a result from before changes nothing; no probe without an open circuit, never two.
 */
async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const node = virtualNode({}, random);
  const { guard, time, probes, call } = node;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const inFlight: { readonly generation: number; readonly isWrite: boolean; readonly met: Health }[] = [];
  let health: Health = 'well';

  const give = (): void => {
    const at = Math.floor(random() * inFlight.length);
    const [result] = inFlight.splice(at, 1);
    if (result === undefined) return;
    const { generation, met, isWrite } = result;
    const before = [call('read'), call('write'), guard.generation];
    if (met === 'well' || (met === 'replica' && !isWrite)) guard.answered(generation, time.nowMs);
    else if (met === 'silent' || met === 'away') guard.unanswered(generation, FAILURES[met], time.nowMs);
    else guard.replied(generation, FAILURES[met], time.nowMs);
    const isLate = generation !== before[2];
    expect(isLate ? [call('read'), call('write'), guard.generation] : before).toEqual(before);
  };
  const ask = (): void => {
    const isWrite = random() < 0.5;
    if (call(isWrite ? 'write' : 'read') === 'ok')
      inFlight.push({ generation: guard.generation, isWrite, met: health });
  };
  const answerProbe = (): void => {
    const probe = pick(probes);
    const isWriting = health === 'well';
    probe?.answer({ read: isWriting || health === 'replica', write: isWriting });
  };
  const steps = [ask, ask, ask, give, give, answerProbe, () => guard.connected()];
  for (let step = 0; step < 400; step++) {
    if (random() < 0.05) health = pick(HEALTHS);
    if (health === 'away' && random() < 0.3) guard.unreachable(REFUSED);
    pick(steps)();
    await time.pass(Math.floor(random() * 60));
    const live = probes.filter(({ signal }) => !signal.aborted).length;
    const isBroken = guard.breaker.isBroken;
    expect(live).toBeLessThanOrEqual(isBroken ? 1 : 0);
    expect(isBroken || time.armed === 0).toBe(true);
    for (const name of ['read', 'write'] as const)
      expect(call(name)).toBe(guard.state(name) === 'closed' ? 'ok' : 'CIRCUIT_OPEN');
  }

  // Whatever happened: where the node is well it is in service again, and nothing goes on.
  node.answer = WELL;
  await time.pass(3000);
  expect([call('read'), call('write'), time.armed]).toEqual(['ok', 'ok', 0]);
}

describe('calls, late results and probes in any order', () => {
  test.each(Array.from({ length: 60 }, (_, i) => i + 1))('seed %i', (seed) => run(seed));
});

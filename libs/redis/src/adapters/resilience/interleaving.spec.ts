import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import { DEADLINE, READ_ONLY, REFUSED, reply, virtualNode, WELL } from '../../../test/support/virtual-node.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** The state of the node, which decides its answers. */
type Health = 'healthy' | 'silent' | 'unreachable' | 'replica' | 'loading';

const HEALTHS: readonly Health[] = ['healthy', 'silent', 'unreachable', 'replica', 'loading'];
const FAILURES: Readonly<Record<Exclude<Health, 'healthy'>, RedisInfraError>> = {
  silent: DEADLINE,
  unreachable: REFUSED,
  replica: READ_ONLY,
  loading: reply('LOADING'),
};

/**
 * Runs calls, late results in any order, hanging probes and reconnects, chosen by a seed. Every step checks that calls
 * are refused exactly by open circuits, that results of an earlier generation change nothing, and that at most one
 * probe runs, and only for an open circuit.
 */
async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const node = virtualNode({}, random);
  const { guard, time, probes, call } = node;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const inFlight: { readonly generation: number; readonly isWrite: boolean; readonly health: Health }[] = [];
  let health: Health = 'healthy';

  const returnResult = (): void => {
    const at = Math.floor(random() * inFlight.length);
    const [result] = inFlight.splice(at, 1);
    if (result === undefined) return;
    const { generation, health: healthThen, isWrite } = result;
    const before = [call('read'), call('write'), guard.generation];
    if (healthThen === 'healthy' || (healthThen === 'replica' && !isWrite)) guard.answered(generation, time.nowMs);
    else if (healthThen === 'silent' || healthThen === 'unreachable')
      guard.unanswered(generation, FAILURES[healthThen], time.nowMs);
    else guard.replied(generation, FAILURES[healthThen], time.nowMs);
    const isLate = generation !== before[2];
    expect(isLate ? [call('read'), call('write'), guard.generation] : before).toEqual(before);
  };
  const sendCall = (): void => {
    const isWrite = random() < 0.5;
    if (call(isWrite ? 'write' : 'read') === 'ok') inFlight.push({ generation: guard.generation, isWrite, health });
  };
  const answerProbe = (): void => {
    const probe = pick(probes);
    const isWriting = health === 'healthy';
    probe?.answer({ read: isWriting || health === 'replica', write: isWriting });
  };
  const steps = [sendCall, sendCall, sendCall, returnResult, returnResult, answerProbe, () => guard.connected()];
  for (let step = 0; step < 400; step++) {
    if (random() < 0.05) health = pick(HEALTHS);
    if (health === 'unreachable' && random() < 0.3) guard.unreachable(REFUSED);
    pick(steps)();
    await time.pass(Math.floor(random() * 60));
    const live = probes.filter(({ signal }) => !signal.aborted).length;
    const isBroken = guard.breaker.isBroken;
    expect(live).toBeLessThanOrEqual(isBroken ? 1 : 0);
    expect(isBroken || time.armed === 0).toBe(true);
    for (const name of ['read', 'write'] as const)
      expect(call(name)).toBe(guard.state(name) === 'closed' ? 'ok' : 'CIRCUIT_OPEN');
  }

  // When the node is healthy again, all calls are accepted and no timer is left.
  node.answer = WELL;
  await time.pass(3000);
  expect([call('read'), call('write'), time.armed]).toEqual(['ok', 'ok', 0]);
}

describe('the invariants of a node guard', () => {
  test.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    'hold for calls, late results and probes in any order, with seed %i',
    (seed) => run(seed),
  );
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import { advance } from '../../../test/support/advance.js';
import { SimulatedNode, type SimulatedCall } from '../../../test/support/simulated-node.js';

const KEYS = ['a', 'b', 'c', 'd'];

/**
 * Mixes calls, replies, deadlines, signals, circuit changes and disconnects in an order that the seed selects, on a
 * virtual clock. The simulated node executes the commands in the order in which they were sent.
 */
async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  // After the circuit closes, the in-flight limit grows from 1 to 3 during the ramp-up.
  const rampUpMs = seed % 2 === 0 ? 0 : 100;
  const node = new SimulatedNode({ maxInFlight: 3, maxQueued: 6, deadlineMs: 400, rampUpMs }, random);

  const call = (): void => {
    const deadlineMs = random() < 0.3 ? 1 + Math.floor(random() * 40) : 400;
    const { code } = node.call(pick(['set', 'set', 'get', 'get', 'unlink'] as const), pick(KEYS), deadlineMs);
    expect(code === 'OVERLOADED' ? node.guard.queue.size : 6).toBe(6);
  };
  const abort = (): void => pick(node.calls)?.controller.abort(new Error('the request was closed'));
  const circuit = (): void => {
    if (node.isolated) node.close();
    else node.isolate();
  };
  const steps = [call, call, call, call, () => node.answer(1 + Math.floor(random() * 3)), abort];
  for (let step = 0; step < 300; step++) {
    if (random() < 0.03) circuit();
    if (random() < 0.01) node.disconnect();
    pick(steps)();
    await advance(node.time, Math.floor(random() * 6));
    check(node, rampUpMs === 0 ? 3 : 1);
  }

  if (node.isolated) node.close();
  for (let round = 0; round < 200 && !node.isIdle; round++) {
    node.answer(100);
    await advance(node.time, 10);
  }
  check(node, 1);
  expect(node.calls.map(({ code }) => code)).not.toContain('pending');
  expect([node.sender.inFlight, node.sender.pending, node.guard.outstanding, node.guard.queue.size]).toEqual([
    0, 0, 0, 0,
  ]);
  checkResults(node.calls);
}

function check({ sender, guard, isolated, executed, calls }: SimulatedNode, leastInFlight: number): void {
  expect(sender.inFlight).toBeLessThanOrEqual(3);
  expect(guard.queue.size).toBeLessThanOrEqual(6);
  // A settled call is not in the queue.
  expect(guard.queue.size).toBeLessThanOrEqual(calls.filter(({ code }) => code === 'pending').length);
  // A queue without any command in flight would never proceed.
  if (guard.queue.size > 0) expect(guard.outstanding).toBeGreaterThanOrEqual(leastInFlight);
  if (isolated) expect(guard.queue.size).toBe(0);
  for (const key of KEYS) {
    const order = executed.filter((command) => command.key === key).map(({ number }) => number);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
}

/** Each result matches what the node did. */
function checkResults(calls: readonly SimulatedCall[]): void {
  const values = new Map<string, unknown>();
  for (const { kind, key, number, code, wasExecuted, result } of calls) {
    if (code === 'ok' && kind === 'get') expect(result).toBe(values.get(key));
    if (code === 'ok') expect(wasExecuted).toBe(true);
    if (['OVERLOADED', 'CIRCUIT_OPEN', 'CLOSED', 'not-sent'].includes(code)) expect(wasExecuted).toBe(false);
    if (wasExecuted && kind === 'set') values.set(key, number);
    if (wasExecuted && kind === 'unlink') values.delete(key);
  }
}

describe('calls beyond maxInFlight, with events in random order', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    'keep their order per key and the queue limits (seed %i)',
    (seed) => run(seed),
  );
});

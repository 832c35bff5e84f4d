import { expect, test } from 'vitest';
import { deferred } from '../../test/support/cache.js';
import { microtasks } from '../../test/support/virtual-node.js';
import { KeyedFifo } from './keyed-fifo.js';

const NEVER = new Promise<void>(() => {});

test('a keyed queue admits callers of one key one at a time, in order', async () => {
  const queue = new KeyedFifo();
  const order: string[] = [];
  const join = async (name: string): Promise<() => void> => {
    const leave = await queue.join('key', NEVER);
    order.push(name);
    return leave;
  };
  const leaves = [join('a'), join('b'), join('c')];
  await microtasks();
  expect(order).toEqual(['a']);
  (await leaves[0])?.();
  await microtasks();
  expect(order).toEqual(['a', 'b']);
  (await leaves[1])?.();
  await microtasks();
  expect(order).toEqual(['a', 'b', 'c']);
});

test('a keyed queue admits callers of different keys independently', async () => {
  const queue = new KeyedFifo();
  await queue.join('key', NEVER);
  await expect(queue.join('other', NEVER)).resolves.toBeTypeOf('function');
});

test('a keyed queue keeps its order when a waiting caller gives up', async () => {
  const queue = new KeyedFifo();
  const timeout = deferred<void>();
  const leaveFirst = await queue.join('key', NEVER);
  const second = queue.join('key', timeout.promise);
  let isThirdIn = false;
  void queue.join('key', NEVER).then(() => (isThirdIn = true));
  timeout.give();
  (await second)();
  await microtasks();
  expect(isThirdIn).toBe(false);
  leaveFirst();
  await microtasks();
  expect(isThirdIn).toBe(true);
});

test('a keyed queue forgets a key when its last caller has left', async () => {
  const queue = new KeyedFifo();
  const leave = await queue.join('key', NEVER);
  leave();
  await microtasks();
  expect((queue as unknown as { last: Map<string, unknown> }).last.size).toBe(0);
});

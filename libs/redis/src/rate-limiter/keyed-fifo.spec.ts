import { expect, test } from 'vitest';
import { held } from '../../test/support/cache.js';
import { microtasks } from '../../test/support/virtual-node.js';
import { KeyedFifo } from './keyed-fifo.js';

const NEVER = new Promise<void>(() => {});

test('who waits for the same is let in one after the other, in order', async () => {
  const lines = new KeyedFifo();
  const order: string[] = [];
  const join = async (name: string): Promise<() => void> => {
    const leave = await lines.join('line', NEVER);
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

test('who waits for something else does not wait for them', async () => {
  const lines = new KeyedFifo();
  await lines.join('line', NEVER);
  await expect(lines.join('other', NEVER)).resolves.toBeTypeOf('function');
});

test('who gives up does not let the next one past those before', async () => {
  const lines = new KeyedFifo();
  const isOver = held<void>();
  const leaveFirst = await lines.join('line', NEVER);
  const second = lines.join('line', isOver.promise);
  let isThirdIn = false;
  void lines.join('line', NEVER).then(() => (isThirdIn = true));
  isOver.give();
  (await second)();
  await microtasks();
  expect(isThirdIn).toBe(false);
  leaveFirst();
  await microtasks();
  expect(isThirdIn).toBe(true);
});

test('a line in which nobody is left is forgotten', async () => {
  const lines = new KeyedFifo();
  const leave = await lines.join('line', NEVER);
  leave();
  await microtasks();
  expect((lines as unknown as { last: Map<string, unknown> }).last.size).toBe(0);
});

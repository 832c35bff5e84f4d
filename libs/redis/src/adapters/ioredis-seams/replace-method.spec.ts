import { expect, test } from 'vitest';
import { replaceMethod } from './replace-method.js';

class Counter {
  count = 1;

  add(more: number): number {
    return (this.count += more);
  }
}

test('replaceMethod passes the original, bound to its object, and returns it', () => {
  const counter = new Counter();
  const original = replaceMethod(counter, 'add', (add) => (more) => add(Number(more) * 10));
  expect([counter.add(2), original(2), new Counter().add(2)]).toEqual([21, 23, 3]);
});

test('replaceMethod throws UNSUPPORTED for a version of ioredis without the method', () => {
  const replace = (): unknown => replaceMethod(new Counter(), 'natMapper', (original) => original);
  expect(replace).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

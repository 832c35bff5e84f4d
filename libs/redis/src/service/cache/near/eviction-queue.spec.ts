import { beforeEach, describe, expect, test } from 'vitest';
import { EvictionQueue, type Queued } from './eviction-queue.js';

class Element implements Queued<Element> {
  wasUsed = false;
  newer: Element | undefined;
  older: Element | undefined;

  constructor(readonly name: string) {}
}

let queue: EvictionQueue<Element>;
let elements: Map<string, Element>;

beforeEach(() => {
  queue = new EvictionQueue();
  elements = new Map();
});

function add(...names: string[]): void {
  for (const name of names) {
    const element = new Element(name);
    elements.set(name, element);
    queue.add(element);
  }
}

function use(...names: string[]): void {
  for (const name of names) elements.get(name)!.wasUsed = true;
}

function evict(): string | undefined {
  const element = queue.next();
  if (element === undefined) return undefined;
  queue.remove(element);
  elements.delete(element.name);
  return element.name;
}

describe('an eviction queue', () => {
  test('evicts the oldest elements first if none was used', () => {
    add('a', 'b', 'c');
    expect([evict(), evict(), evict(), evict()]).toEqual(['a', 'b', 'c', undefined]);
  });

  test('passes elements that were used, and evicts them if they are not used again', () => {
    add('a', 'b', 'c');
    use('a');
    expect([evict(), evict(), evict()]).toEqual(['b', 'c', 'a']);
  });

  test('evicts the oldest element if all were used', () => {
    add('a', 'b', 'c');
    use('a', 'b', 'c');
    expect(evict()).toBe('a');
  });

  test('continues behind the element that it evicted, so that an element that is used often stays', () => {
    add('often', 'b', 'c', 'd');
    for (const next of ['e', 'f', 'g', 'h', 'i', 'j']) {
      use('often');
      expect(evict()).not.toBe('often');
      add(next);
    }
    expect(elements.has('often')).toBe(true);
  });

  test.each(['a', 'b', 'c', 'd'])('keeps its order when %s is removed, also where it would evict next', (name) => {
    add('a', 'b', 'c', 'd');
    use('a', 'c');
    expect(queue.next()).toBe(elements.get('b'));
    queue.remove(elements.get(name)!);
    elements.delete(name);
    const left = [...elements.keys()].length;
    expect(new Set(Array.from({ length: left }, evict)).size).toBe(left);
    expect(evict()).toBeUndefined();
  });

  test('is empty after clear', () => {
    add('a', 'b');
    queue.clear();
    expect(queue.next()).toBeUndefined();
    add('c');
    expect(evict()).toBe('c');
  });
});

import { describe, expect, test } from 'vitest';
import { RequestMemory } from './request-memory.js';

describe('RequestMemory', () => {
  const memory = (): RequestMemory<{ count: number }> => new RequestMemory(() => ({ count: 0 }));

  test.each([
    ['an object', () => ({})],
    ['a list', () => [{}, 1]],
    ['a frozen object', () => Object.freeze({})],
  ])('recount the same value for the same request: %s', (_, make) => {
    const [values, request, other] = [memory(), make(), make()];
    values.of(request).count = 1;
    expect(values.of(request).count).toBe(1);
    expect(values.of(other).count).toBe(0);
  });

  test('shares no values with another instance', () => {
    const [first, second, request] = [memory(), memory(), {}];
    first.of(request).count = 1;
    expect(second.of(request).count).toBe(0);
  });

  test('adds no enumerable property to the request', () => {
    const request = { ip: '1.2.3.4' };
    memory().of(request);
    expect(JSON.stringify(request)).toBe('{"ip":"1.2.3.4"}');
    expect(Object.keys(request)).toEqual(['ip']);
  });
});

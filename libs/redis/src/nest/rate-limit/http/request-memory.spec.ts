import { describe, expect, test } from 'vitest';
import { RequestMemory } from './request-memory.js';

describe('what is remembered of a request', () => {
  const memory = (): RequestMemory<{ turns: number }> => new RequestMemory(() => ({ turns: 0 }));

  test.each([
    ['an object', () => ({})],
    ['a list', () => [{}, 1]],
    ['a frozen object', () => Object.freeze({})],
  ])('is there as long as the request is, for %s', (_, make) => {
    const [one, request, other] = [memory(), make(), make()];
    one.of(request).turns = 1;
    expect(one.of(request).turns).toBe(1);
    expect(one.of(other).turns).toBe(0);
  });

  test('is not what another instance remembers', () => {
    const [one, other, request] = [memory(), memory(), {}];
    one.of(request).turns = 1;
    expect(other.of(request).turns).toBe(0);
  });

  test('does not show on the request', () => {
    const request = { ip: '1.2.3.4' };
    memory().of(request);
    expect(JSON.stringify(request)).toBe('{"ip":"1.2.3.4"}');
    expect(Object.keys(request)).toEqual(['ip']);
  });
});

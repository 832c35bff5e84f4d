import { describe, expect, test } from 'vitest';
import { reachableHost } from './announced-host.js';

describe('the host of a node in CLUSTER SLOTS or in a redirect', () => {
  test.each([
    ['an address', '10.0.0.1', '10.0.0.1'],
    ['a name', 'redis-1.internal', 'redis-1.internal'],
    ['null', null, 'asked'],
    ['empty', '', 'asked'],
    ['unknown', '?', 'asked'],
  ])('that is %s is reached as such, or else at the host that was asked', (_, announced, host) => {
    expect(reachableHost(announced, 'asked')).toBe(host);
  });

  test('that has no name is reached at the address in its metadata', () => {
    expect(reachableHost('?', 'asked', ['hostname', 'ip', 'ip', '10.0.0.1'])).toBe('10.0.0.1');
    expect(reachableHost('?', 'asked', ['ip', ''])).toBe('asked');
    expect(reachableHost('?', 'asked', [])).toBe('asked');
  });

  test('that is null on purpose is the one that was asked, whatever the metadata', () => {
    expect(reachableHost(null, 'asked', ['ip', '10.0.0.1'])).toBe('asked');
  });
});

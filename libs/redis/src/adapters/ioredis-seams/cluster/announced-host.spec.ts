import { describe, expect, test } from 'vitest';
import { reachableHost } from './announced-host.js';

describe('reachableHost', () => {
  test.each([
    ['an address', '10.0.0.1', '10.0.0.1'],
    ['a name', 'redis-1.internal', 'redis-1.internal'],
    ['null', null, 'source'],
    ['empty', '', 'source'],
    ['unknown', '?', 'source'],
  ])('given %s (%j) returns %s', (_, announced, host) => {
    expect(reachableHost(announced, 'source')).toBe(host);
  });

  test('returns the address in the metadata when the host is ?', () => {
    expect(reachableHost('?', 'source', ['hostname', 'ip', 'ip', '10.0.0.1'])).toBe('10.0.0.1');
    expect(reachableHost('?', 'source', ['ip', ''])).toBe('source');
    expect(reachableHost('?', 'source', [])).toBe('source');
  });

  test('ignores the metadata when the host is null', () => {
    expect(reachableHost(null, 'source', ['ip', '10.0.0.1'])).toBe('source');
  });
});

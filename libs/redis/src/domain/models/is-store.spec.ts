import { describe, expect, it } from 'vitest';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { isStore, requireStore } from './is-store.js';

const naming = (...words: readonly string[]): unknown =>
  expect.objectContaining({
    code: 'OPTION_INVALID',
    context: { path: 'source' },
    message: expect.stringMatching(new RegExp(words.map((word) => `(?=.*\\b${word}\\b)`).join(''))),
  });

describe('isStore, for a source that is a store or a connection', () => {
  it('is true for a store with every method of the port', () => {
    expect(isStore(new MemoryAdapter(), 'source')).toBe(true);
  });

  it('is true for a store that inherits from another and has no capabilities', () => {
    const store = Object.assign(Object.create(new MemoryAdapter()), { can: undefined });
    expect([isStore(store, 'source'), store.can]).toEqual([true, undefined]);
  });

  it('is true for a store whose methods are inherited', () => {
    expect(isStore(Object.create(new MemoryAdapter()), 'source')).toBe(true);
  });

  it.each([undefined, 'redis://h', '', {}, { host: 'h' }, { password: () => 'secret' }])(
    'is false for the connection %j',
    (connection) => expect(isStore(connection, 'source')).toBe(false),
  );

  it.each<[string, unknown, readonly string[]]>([
    ['a Map', new Map(), ['connect', 'getMany', 'hset', 'incr']],
    ['a Set', new Set(), ['get', 'getMany', 'set']],
    ['an object with get and set', { get() {}, set() {} }, ['getMany', 'delete', 'clear']],
    ['an object with one method of the port', { hgetall() {} }, ['get', 'set']],
    ['an object with only disconnect', { disconnect() {} }, ['get', 'set', 'connect']],
    ['a store without one method', Object.assign(Object.create(new MemoryAdapter()), { hdel: undefined }), ['hdel']],
    ['an object with capabilities only', { can: { scripts: {} } }, ['get', 'set']],
  ])('refuses %s and names the missing methods', (_, source, missing) => {
    expect(() => isStore(source, 'source')).toThrow(naming(...missing));
  });

  it('names only the methods that are missing', () => {
    const source = Object.assign(Object.create(new MemoryAdapter()), { hdel: undefined, incr: 1 });
    expect(() => isStore(source, 'source')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('(hdel, incr)') }),
    );
  });
});

describe('requireStore, for a source that is a store only', () => {
  it('accepts a store with every method of the port', () => {
    expect(() => requireStore(new MemoryAdapter(), 'source')).not.toThrow();
  });

  it.each([undefined, null, {}, 'redis://h', 5, new Map(), { host: 'h' }])(
    'refuses %j and names the missing methods',
    (source) => {
      expect(() => requireStore(source, 'source')).toThrow(naming('getMany', 'connect', 'hset'));
    },
  );
});

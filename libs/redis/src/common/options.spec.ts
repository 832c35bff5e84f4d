import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkCallOptions, checkOptions } from './options.js';

class Config {
  readonly a = 1;
}

describe('checkOptions', () => {
  it.each<[string, unknown]>([
    ['an object literal', { a: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['an object of another realm', runInNewContext('({ a: 1 })')],
    ['a frozen object', Object.freeze({ a: 1 })],
  ])('accepts %s', (_, options) => {
    expect(() => checkOptions(options, ['a'], 'x')).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['a Date', new Date()],
    ['a Date of another realm', runInNewContext('new Date()')],
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set()],
    ['a Promise', Promise.resolve({ a: 1 })],
    ['a RegExp', /a/],
    ['an Error', new Error('a')],
    ['a URL', new URL('redis://h')],
    ['a Buffer', Buffer.from('')],
    ['an array', []],
    ['an array of another realm', runInNewContext('[]')],
    ['a boxed string', Object('5m')],
    ['an AbortSignal', AbortSignal.abort()],
    ['an instance of another class', new Config()],
    ['a function', () => ({ a: 1 })],
    ['a string', 'redis://h'],
    ['a number', 5],
    ['a symbol', Symbol('a')],
    ['a bigint', 5n],
    ['true', true],
    ['null', null],
    ['undefined', undefined],
  ])('refuses %s with the path of the options', (_, options) => {
    expect(() => checkOptions(options, ['a'], 'x')).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path: 'x' } }),
    );
  });
});

describe('checkCallOptions', () => {
  it.each([{}, { a: 1 }, { a: undefined }, { n: null }])('accepts %j', (options) => {
    expect(() => checkCallOptions(options, ['a', 'n'], 'x', ['n'])).not.toThrow();
  });

  it.each([
    [{ b: 1 }, 'x.b'],
    [{ a: null }, 'x.a'],
    [new Config(), 'x'],
    [null, 'x'],
  ])('refuses %j with the path of the option', (options, path) => {
    expect(() => checkCallOptions(options, ['a', 'n'], 'x', ['n'])).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });

  it('accepts null for every option if none is named as nullable', () => {
    expect(() => checkCallOptions({ a: null }, ['a'], 'x')).not.toThrow();
  });
});

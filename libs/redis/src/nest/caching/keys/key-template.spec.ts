import { describe, expect, test } from 'vitest';
import { ArgumentNames } from './argument-names.js';
import { KeyTemplate } from './key-template.js';

const names = new ArgumentNames(['id', 'user', undefined, 'e']);

function render(template: string, ...values: unknown[]): string {
  return new KeyTemplate(template, names, 'Cacheable.key').render(values);
}

const invalid = (message: RegExp): object =>
  expect.objectContaining({
    code: 'OPTION_INVALID',
    context: { path: 'Cacheable.key' },
    message: expect.stringMatching(message),
  });

describe('a key template', () => {
  test('contains the values of names, indices and paths', () => {
    const user = { id: 'u1', address: { zip: 8000 } };
    expect(render('user:{id}', 'a1')).toBe('user:a1');
    expect(render('user:{1.id}:{user.address.zip}', 'a1', user)).toBe('user:u1:8000');
    expect(render('{2}', 1, 2, 3n)).toBe('3');
    expect(render('all-users')).toBe('all-users');
    expect(render('{{{id}}}', 'a1')).toBe('{a1}');
  });

  test('leaves the value of a single placeholder readable', () => {
    expect(render('user:{id}:name', 'a:b/c d')).toBe('user:a:b/c d:name');
  });

  test('encodes separators in values, so that different values have different keys', () => {
    expect(render('near:{0}:{1}', 'a:b', 'c')).toBe('near:a%3Ab:c');
    expect(render('near:{0}:{1}', 'a', 'b:c')).toBe('near:a:b%3Ac');
    expect(render('{0}-{1}', 'a-b%', 'c')).toBe('a%2Db%25-c');
  });

  test('does not confuse a value that is no text with its text', () => {
    const values = [null, undefined, {}, [], new Date(0), new Map(), new Set(), Buffer.from(''), '%null', ''];
    const keys = [...values, ...values.slice(0, 2).map(String)].map((value) => render('k:{id}', value));
    expect(new Set(keys).size).toBe(keys.length);
    expect(render('k:{id}', null)).toBe('k:%null');
  });

  test('encodes half a surrogate pair, which no store accepts in a key', () => {
    expect(render('k:{id}', 'a\ud800b')).toBe('k:a%uD800b');
    expect(render('k:{id}', '😀')).toBe('k:😀');
  });

  test('distinguishes zero and negative zero', () => {
    expect([render('k:{id}', 0), render('k:{id}', -0)]).toEqual(['k:0', 'k:-0']);
  });

  test.each([
    ['an unknown name', 'user:{uuid}', /no parameter 'uuid'; known are id, user, e: .*'\{0\}'/],
    ['a single letter, which a minifier may give to another parameter', 'user:{e}', /single letter/],
    ['an opening brace without its pair', 'user:{id', /write '\{\{' for a brace/],
    ['a closing brace without its pair', 'user:id}', /write '\}\}' for a brace/],
    ['an empty placeholder', 'user:{}', /is not a placeholder/],
    ['an empty member', 'user:{id.}', /is not a placeholder/],
    ['a bracket', 'user:{id[0]}', /is not a placeholder/],
    ['no separator between placeholders', '{0}{1}', /separator between '\{0\}' and '\{1\}'/],
    ['a separator that is a letter', '{0}and{1}', /separator between/],
    ['a separator that is a percent sign', '{0}%{1}', /separator between/],
  ])('is refused with %s', (_, template, message) => {
    expect(() => render(template)).toThrow(invalid(message));
  });

  test('is refused in a call in which its path leads to no value', () => {
    expect(() => render('{user.address.zip}', 'a', {})).toThrow(invalid(/'\{user\.address\.zip\}' has no value/));
    expect(() => render('{user.id}', 'a', null)).toThrow(invalid(/has no value/));
    expect(() => render('{user.id}', 'a', 'text')).toThrow(invalid(/has no value/));
  });

  test('refuses a value that cannot be encoded', () => {
    expect(() => render('k:{id}', () => 1)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

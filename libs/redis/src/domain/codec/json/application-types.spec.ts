import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { ApplicationTypes, type ApplicationType } from './application-types.js';

const type = (name: string, is = (_: unknown): _ is object => false): ApplicationType => ({
  name,
  is,
  toJSON: () => null,
  fromJSON: () => null,
});

/** Where the option is that cannot be used. */
const pathOf = (types: unknown): unknown =>
  failureNow(() => new ApplicationTypes(types as ApplicationType[], 'codec.types')).context.path;

describe('application types', () => {
  it('are found by name, and by the first is() that returns true', () => {
    const any = type('any', (_): _ is object => true);
    const dates = type('dates', (value): value is Date => value instanceof Date);
    const types = new ApplicationTypes([dates, any]);
    expect(types.named('any')).toBe(any);
    expect(types.of(new Date())).toBe(dates);
    expect(types.of({})).toBe(any);
    expect(new ApplicationTypes([dates]).of({})).toBeUndefined();
  });

  it('may be empty', () => {
    expect(new ApplicationTypes().isEmpty).toBe(true);
    expect(new ApplicationTypes([type('a')]).isEmpty).toBe(false);
  });

  it('do not contain inherited names of objects', () => {
    const types = new ApplicationTypes([type('a')]);
    for (const name of ['constructor', '__proto__', 'toString', '']) expect(types.named(name)).toBeUndefined();
  });

  it.each(['a', 'Money', 'shop.money-2_x', 'x'.repeat(64)])('accept the name %s', (name) => {
    expect(new ApplicationTypes([type(name)]).named(name)?.name).toBe(name);
  });

  it.each(['a b', 'x'.repeat(65), 'é', 'a:b', 'a\n', '$'])('refuse the name %j', (name) => {
    expect(pathOf([type(name)])).toBe('codec.types[0].name');
  });

  it('are refused with the path of the invalid member', () => {
    expect(pathOf({})).toBe('codec.types');
    expect(pathOf([type('a'), null])).toBe('codec.types[1]');
    expect(pathOf([type('a'), { ...type('b'), name: '' }])).toBe('codec.types[1].name');
    expect(pathOf([{ ...type('b'), name: 5 }])).toBe('codec.types[0].name');
    expect(pathOf([type('a'), type('b'), type('a')])).toBe('codec.types');
    for (const member of ['is', 'toJSON', 'fromJSON']) {
      expect(pathOf([{ ...type('a'), [member]: 'no function' }])).toBe(`codec.types[0].${member}`);
    }
  });
});

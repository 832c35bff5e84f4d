import { runInThisContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { parameterNames } from './parameter-names.js';

const { methods } = {
  methods: {
    plain(id: string, locale: string) {
      return id + locale;
    },
    async withDefaults(id: string, limit = Math.max(1, (2 + 3) * 2), text = "a, b) { '", last?: string) {
      return [id, limit, text, last];
    },
    destructured({ id }: { id: string }, [first]: string[], named: string) {
      return [id, first, named];
    },
    rest(id: string, ...others: string[]) {
      return [id, others];
    },
    ['computed(name, other)'](id: string) {
      return id;
    },
    commented(
      /* a, b */ id: string, // first, second
      locale: string,
    ) {
      return id + locale;
    },
    division(id: string, half = 4 / 2, other = 1) {
      return [id, half, other];
    },
    pattern(id: string, pattern = /[,)]/, other = 1) {
      return [id, pattern, other];
    },
    text(id: string, text = `,${Number(')')}`, other = 1) {
      return [id, text, other];
    },
    $_ünicode(größe: string) {
      return größe;
    },
    none() {
      return 1;
    },
  },
};

describe('the names of parameters', () => {
  test.each([
    ['plain parameters', 'plain', ['id', 'locale']],
    ['parameters with defaults', 'withDefaults', ['id', 'limit', 'text', 'last']],
    ['a parameter after destructured ones', 'destructured', [undefined, undefined, 'named']],
    ['a parameter before a rest parameter', 'rest', ['id', undefined]],
    ['a method with a computed name', 'computed(name, other)', ['id']],
    ['parameters between comments', 'commented', ['id', 'locale']],
    ['letters beyond ASCII', '$_ünicode', ['größe']],
    ['a method without parameters', 'none', []],
  ] as const)('are read for %s', (_, name, names) => {
    expect(parameterNames(methods[name])).toEqual(names);
  });

  test.each(['division', 'pattern', 'text'] as const)('end before a default that is not safe to read: %s', (name) => {
    expect(parameterNames(methods[name])).toEqual(['id']);
  });

  test('are unknown for a function that another decorator put in the place of the method', () => {
    const original = (id: string): string => id;
    expect(parameterNames((...args: [string]) => original(...args))).toEqual([undefined]);
    expect(parameterNames(runInThisContext('async args => original(args, other)'))).toEqual([]);
    expect(parameterNames(original.bind(undefined))).toEqual([]);
  });
});

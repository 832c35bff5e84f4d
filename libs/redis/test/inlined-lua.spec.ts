import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inlineFunctions } from '../../../scripts/setup/inline-lua.mjs';
import { DECIDE_LUA } from '../src/rate-limiter/script/decide.lua.js';

const partOf = (name: string): string =>
  readFileSync(new URL(`../src/rate-limiter/script/${name}.part.lua`, import.meta.url), 'utf8');

const TWICE = `-- Twice as much.
--@inline
local function twice(a)
  return a + a
end

`;

describe('a Lua function marked --@inline', () => {
  test('is replaced by its expression, with parentheses around operands that need them', () => {
    expect(inlineFunctions(`${TWICE}local b = twice(p.a) * twice(x - 1)\n`)).toBe(
      'local b = (p.a + p.a) * ((x - 1) + (x - 1))\n',
    );
  });

  test('can be called in the arguments of a call and in a later function', () => {
    const more = '--@inline\nlocal function four(a)\n  return twice(twice(a))\nend\n';
    expect(inlineFunctions(`${TWICE}${more}return four(b)\n`)).toBe('return ((((b + b)) + ((b + b))))\n');
  });

  test('leaves methods, fields and longer names of the same name alone', () => {
    expect(inlineFunctions(`${TWICE}s.twice(a) atwice(a) p.twice = 1\n`)).toBe('s.twice(a) atwice(a) p.twice = 1\n');
  });

  test('must be called with all its arguments', () => {
    expect(() => inlineFunctions(`${TWICE}twice(a, b)\n`)).toThrow('twice takes 1 arguments, and a call has 2');
  });
});

test('the embedded script has no function that is marked --@inline, and no call of one', () => {
  const names = ['gcra', 'records', 'rules'].flatMap((part) =>
    [...partOf(part).matchAll(/--@inline\nlocal function (\w+)/g)].map(([, name]) => name as string),
  );
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) expect(DECIDE_LUA).not.toMatch(new RegExp(`\\b${name}\\(`));
  expect(DECIDE_LUA).not.toContain('@inline');
});

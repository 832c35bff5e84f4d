import { describe, expect, test } from 'vitest';
import { DECIDE_LUA } from '../../src/rate-limiter/script/decide.lua.js';
import { HAS_ROOM, NEVER, OPERATIONS } from '../../src/rate-limiter/policy/limiter-call.js';
import { readReply } from '../../src/rate-limiter/script/decide.reply.js';
import { DECIDE } from '../../src/rate-limiter/script/decide.script.js';
import { ALGORITHM_IDS } from '../../src/rate-limiter/policy/policy-parameters.js';

/** The constants that a line of the script assigns, by name. */
function assigned(first: string): Record<string, number> {
  const [, names = '', values = ''] = new RegExp(`^local (${first}, .+) = (.+)$`, 'm').exec(DECIDE_LUA) ?? [];
  const numbers = values.split(', ').map(Number);
  return Object.fromEntries(names.split(', ').map((name, i) => [name, numbers[i] as number]));
}

function upper(numbers: Readonly<Record<string, number>>, rename = (name: string): string => name): object {
  return Object.fromEntries(Object.entries(numbers).map(([name, number]) => [rename(name).toUpperCase(), number]));
}

describe('decide.lua', () => {
  test('numbers the algorithms as the client does', () => {
    expect(assigned('GCRA')).toEqual(upper(ALGORITHM_IDS, (name) => name.replace('-window', '')));
  });

  test('numbers the operations as the client does', () => {
    expect(assigned('CONSUME')).toEqual(upper(OPERATIONS));
  });

  test('returns the waits HAS_ROOM and NEVER as the client reads them', () => {
    expect(assigned('HAS_ROOM')).toEqual({ HAS_ROOM, NEVER });
    expect(DECIDE_LUA).toContain(`(${HAS_ROOM}: it has room, ${NEVER}: never)`);
  });

  test('numbers the statuses as its header documents and as the client reads them', () => {
    const [, ...documented] = /status \(1 byte: 0 (\w+), 1 (\w+), 2 the (\w+)/.exec(DECIDE_LUA) ?? [];
    const read = [0, 1, 2].map((status) => readReply(Buffer.from([status, 0, 0, 0, 0, 0, 0, 0, 0])).status);
    expect(read).toEqual(documented);
    const returned = DECIDE_LUA.match(/pack\('>Bd(?:HBdddd)?', (\d)/g)?.map((text) => text.at(-1));
    expect(new Set(returned)).toEqual(new Set(['0', '1', '2']));
  });

  test('documents its keys and arguments in its header', () => {
    expect(DECIDE.keys).toBe(1);
    expect(new Set(DECIDE_LUA.match(/ARGV\[\d\]/g))).toEqual(new Set(['ARGV[1]', 'ARGV[2]', 'ARGV[3]']));
    for (const line of [
      '-- KEYS  ',
      '-- ARGV[1]  ',
      '-- ARGV[2]  ',
      '-- ARGV[3]  ',
      '-- reply  ',
      '-- state  ',
      '-- cost  ',
    ])
      expect(DECIDE_LUA).toContain(line);
  });
});

import { describe, expect, test } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unlinkAll } from './unlink-all.js';

function recorder(answer: (part: readonly string[]) => number = (part) => part.length) {
  const parts: string[][] = [];
  const send = async (part: readonly string[]): Promise<number> => {
    parts.push([...part]);
    return answer(part);
  };
  return { parts, send };
}

describe('unlinkAll', () => {
  test('sends at most 500 keys per UNLINK and returns the total', async () => {
    const { parts, send } = recorder();
    const keys = Array.from({ length: 1001 }, (_, i) => `k${i}`);
    expect(await unlinkAll([keys], send)).toBe(1001);
    expect(parts.map(({ length }) => length)).toEqual([500, 500, 1]);
    expect(await unlinkAll([[]], send)).toBe(0);
    expect(parts).toHaveLength(3);
  });

  test('sends one UNLINK per group of keys', async () => {
    const { parts, send } = recorder();
    expect(await unlinkAll([['{a}1', '{a}2'], ['b']], send)).toBe(3);
    expect(parts).toEqual([['{a}1', '{a}2'], ['b']]);
  });

  test('removes the keys one by one after TRYAGAIN from a migrating slot', async () => {
    const { parts, send } = recorder((part) => {
      if (part.length === 1) return 1;
      throw new RedisInfraError('COMMAND_FAILED', 'split', { context: { reply: 'TRYAGAIN' } });
    });
    expect(await unlinkAll([['{a}1', '{a}2']], send)).toBe(2);
    expect(parts).toEqual([['{a}1', '{a}2'], ['{a}1'], ['{a}2']]);
  });

  test('rejects with any other error, and with TRYAGAIN for a single key', async () => {
    const failing = (reply: string) =>
      recorder(() => {
        throw new RedisInfraError('COMMAND_FAILED', 'no', { context: { reply } });
      });
    await expect(unlinkAll([['{a}1', '{a}2']], failing('NOPERM').send)).rejects.toMatchObject({ message: 'no' });
    const { parts, send } = failing('TRYAGAIN');
    await expect(unlinkAll([['a']], send)).rejects.toMatchObject({ message: 'no' });
    expect(parts).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import type { ScriptDefinition } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const LONG_DEADLINE = { resilience: { deadline: '10s' } } as const;
/** The contract suite runs more cases in every connection mode. */
const ROUNDS = 20;

/** Too long to be sent as text each time. */
const APPEND: ScriptDefinition<number> = {
  name: 'APPEND',
  source: `-- ${'a long script '.repeat(10)}\nlocal filler = '${'x'.repeat(4000)}'\nreturn redis.call('APPEND', KEYS[1], ARGV[1])`,
  keys: 1,
  parse: Number,
};

describe('a server without cached scripts', () => {
  test('runs incr before a later set and a later delete', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    for (let round = 0; round < ROUNDS; round++) {
      await server.command('SCRIPT', 'FLUSH');
      await Promise.all([adapter.incr('n'), adapter.set('n', 100)]);
      expect(await adapter.get('n')).toBe(100);
      await server.command('SCRIPT', 'FLUSH');
      await Promise.all([adapter.incr('n'), adapter.delete('n')]);
      expect(await adapter.has('n')).toBe(false);
    }
  });

  test('runs incr before a later set after a restart', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    await adapter.incr('warm');
    await server.restart();
    await eventually(async () => (await codeOf(adapter.get('warm'))) === 'ok');
    await Promise.all([adapter.incr('n'), adapter.set('n', 100)]);
    expect(await adapter.get('n')).toBe(100);
  });

  test('runs the calls of a long script in order, also with calls beyond maxInFlight', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: '10s', maxInFlight: 4 } });
    const { scripts } = adapter.can;
    for (let round = 0; round < ROUNDS; round++) {
      await server.command('SCRIPT', 'FLUSH');
      const letters = 'abcdefghijkl'.split('');
      await Promise.all(letters.map(async (letter) => scripts?.run(APPEND, [`k${round}`], [letter])));
      expect(await server.command('GET', `k${round}`)).toBe(letters.join(''));
    }
  });

  test('gets a long script once, and then its SHA1', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    for (let i = 0; i < 5; i++) await adapter.can.scripts?.run(APPEND, ['k'], ['x']);
    expect(await callsOf(server, 'eval')).toBe(1);
    expect(await callsOf(server, 'evalsha')).toBe(5);
  });
});

describe('calls behind an expire that reseals its value', () => {
  const codec = { encryption: { keys: [{ id: 'a', secret: 'a secret of this test' }], bindExpiry: true } } as const;

  test('reject at their deadline while that expire is slow', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { ...LONG_DEADLINE, codec });
    await adapter.set('k', 'value');
    server.freeze();
    const slow = adapter.expire('k', 60);
    const short = adapter.with({ deadline: '50ms' });
    for (const call of [short.expire('k', 30), short.set('k', 'newer'), short.hset('k', 'f', 1), short.get('k')])
      expect(await failure(call)).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    server.thaw();
    expect(await slow).toBe(true);
    expect(await adapter.get('k')).toBe('value');
  });
});

async function callsOf(server: { command(...args: string[]): Promise<unknown> }, name: string): Promise<number> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

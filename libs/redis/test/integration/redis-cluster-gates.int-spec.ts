import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, gateEvents, startedPerTest } from '../support/started.js';

const started = startedPerTest();
let cluster: RedisCluster;
let adapter: RedisAdapter;
let troubled: RedisServer;
/** A key of the node that gets into trouble, and one of another. */
const keys = { troubled: 'k', well: '' };

beforeAll(async () => {
  cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  // What is measured is one node, not what the others make of it.
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  troubled = await cluster.masterOf(keys.troubled);
  for (let i = 0; keys.well === ''; i++) {
    if ((await cluster.masterOf(`w${i}`)) !== troubled) keys.well = `w${i}`;
  }
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  adapter = started.adapter(cluster.url, { resilience: { deadline: '200ms', retry: false } });
  await adapter.connect();
  await adapter.setMany([keys.troubled, keys.well].map((key) => ({ key, value: 1 })));
});

const troubledOnly = async (code: string): Promise<void> => {
  await eventually(async () => (await codeOf(adapter.set(keys.troubled, 2))) === code, 15_000);
  expect(await codeOf(adapter.set(keys.well, 2))).toBe('ok');
};

describe('one node of a cluster', () => {
  test('that is frozen is refused by its own gates, while the others go on', async () => {
    const events = gateEvents(adapter);
    troubled.freeze();
    started.undo(() => troubled.thaw());
    await troubledOnly('CIRCUIT_OPEN');
    expect(adapter.status().gates).toEqual({
      read: expect.stringMatching(/open|probing/) as string,
      write: expect.stringMatching(/open|probing/) as string,
    });
    expect(await adapter.get(keys.well)).toBe(2);
    troubled.thaw();
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
    await eventually(() => adapter.status().gates.write === 'closed');
    expect(events.filter((event) => /[+-]/.test(event))).toEqual(['+read', '+write', '-read', '-write']);
  });

  test('that was killed is refused at once, and served when it is back', async () => {
    await troubled.kill();
    await troubledOnly('CIRCUIT_OPEN');
    await troubled.restart();
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
    expect(adapter.status().state).toBe('up');
  });

  test('that is full takes no writes, and reads and deletes all the same', async () => {
    await troubled.command('CONFIG', 'SET', 'maxmemory', '1');
    started.undo(() => troubled.command('CONFIG', 'SET', 'maxmemory', '0'));
    await troubledOnly('CIRCUIT_OPEN');
    expect(await adapter.get(keys.troubled)).toBeDefined();
    expect(await adapter.delete(keys.troubled)).toBe(true);
    await troubled.command('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
  });
});

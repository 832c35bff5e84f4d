import { RedisCluster } from 'nestjs-redis-infra/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

let cluster: RedisCluster;
let adapter: RedisAdapter;

// With a short timeout the nodes of a busy machine fail over by themselves, which could return the slots to the old master.
beforeEach(async () => {
  cluster = await RedisCluster.start({ nodeTimeoutMs: 60_000 });
  adapter = new RedisAdapter(cluster.url, LONG_DEADLINE);
});
afterEach(async () => {
  await adapter.disconnect();
  await cluster.stop();
});

describe('a scan of a cluster', () => {
  test('visits the new master after a failover on request, and returns every key', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key, value) => ({ key, value })));
    const masters = new Set(await cluster.masters());
    const seen = new Set<string>();
    const nodes = new Set<string>();
    for await (const batch of adapter.can.keys!.scan({ count: 20 })) {
      // While the scan is on the master of slot 0.
      if (nodes.size === 0) masters.add(await cluster.failover(0));
      nodes.add(batch.node);
      for (const key of batch.keys) seen.add(key);
    }
    expect(seen).toEqual(new Set(keys));
    expect(nodes).toEqual(new Set([...masters].map(({ port }) => `127.0.0.1:${port}`)));
    expect(await adapter.clear({ wholeDatabase: true })).toBe(300);
  });
});

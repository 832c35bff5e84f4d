import { RedisCluster, RedisSentinels } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { startedPerTest } from '../support/started.js';

const started = startedPerTest();

/** The roles of the `up` events, from the first connection on. */
async function rolesOf(adapter: RedisAdapter): Promise<string[]> {
  const roles: string[] = [];
  adapter.on('up', ({ role }) => roles.push(role));
  await adapter.connect();
  return roles;
}

describe('the role of the event `up`', () => {
  test('is that of the server: a master, a replica', async () => {
    const master = await started.server();
    const replica = await started.server({ replicaOf: master });
    expect(await rolesOf(started.adapter(master.url))).toEqual(['master']);
    expect(await rolesOf(started.adapter({ url: replica.url, poolSize: 3 }))).toEqual(['replica']);
  });

  test('is the new one when the connection is made anew after a change', async () => {
    const master = await started.server();
    const other = await started.server({ replicaOf: master });
    const proxy = await started.proxy(other);
    const roles = await rolesOf(started.adapter(proxy.url));
    await other.command('REPLICAOF', 'NO', 'ONE');
    proxy.cut();
    await eventually(() => roles.length > 1);
    expect(roles).toEqual(['replica', 'master']);
  });

  test.each([
    ['of a user who may not run INFO is asked for with ROLE', '-info', 'replica'],
    ['of a user who may run neither is unknown', '-info -role', 'unknown'],
  ])('%s', async (_, forbidden, role) => {
    const users = { app: { password: 'a password of the test', rules: `~* &* +@all ${forbidden}` } };
    const master = await started.server();
    const replica = await started.server({ replicaOf: master, users });
    expect(await rolesOf(started.adapter(replica.urlOf({ user: 'app' })))).toEqual([role]);
  });

  test('is `master` behind Sentinels', async () => {
    const group = await RedisSentinels.start();
    started.undo(() => group.stop());
    expect(await rolesOf(started.adapter(group.url))).toEqual(['master']);
  });

  test('is `cluster` in a Cluster, and `master` on the embedded store', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    started.undo(() => cluster.stop());
    expect(await rolesOf(started.adapter(cluster.url))).toEqual(['cluster']);
    expect(await rolesOf(started.adapter('memory://'))).toEqual(['master']);
  });
});

import { RedisCluster, RedisSentinels } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

/** Connects, and collects the roles of the `up` events. */
async function rolesOf(adapter: RedisAdapter): Promise<string[]> {
  const roles: string[] = [];
  adapter.on('up', ({ role }) => roles.push(role));
  await adapter.connect();
  return roles;
}

describe('the role in the `up` event', () => {
  test('is the role of the server: master or replica', async () => {
    const master = await started.server();
    const replica = await started.server({ replicaOf: master });
    expect(await rolesOf(started.adapter(master.url))).toEqual(['master']);
    expect(await rolesOf(started.adapter({ url: replica.url, poolSize: 3 }))).toEqual(['replica']);
  });

  test('is the new role after a reconnect', async () => {
    const master = await started.server();
    const replica = await started.server({ replicaOf: master });
    const proxy = await started.proxy(replica);
    const roles = await rolesOf(started.adapter(proxy.url));
    await replica.command('REPLICAOF', 'NO', 'ONE');
    proxy.cut();
    await eventually(() => roles.length > 1);
    expect(roles).toEqual(['replica', 'master']);
  });

  test.each([
    ['is read with ROLE if the ACL user may not run INFO', '-info', 'replica'],
    ['is unknown if the ACL user may run neither INFO nor ROLE', '-info -role', 'unknown'],
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

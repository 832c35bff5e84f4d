import { Redis } from 'ioredis';
import { RedisSentinels } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RedisConfig } from '../../src/index.js';
import { eventually } from '../support/eventually.js';

function clientOf(group: RedisSentinels, sentinelPassword?: string): Redis {
  const config = new RedisConfig({ url: group.url, tls: group.tls, sentinelPassword });
  const client = new Redis({ ...config.getSentinelParams(), enableOfflineQueue: true });
  client.on('error', () => {});
  return client;
}

/** The port of the server that a client of the Sentinels connects to. */
async function connectedPort(group: RedisSentinels, sentinelPassword?: string): Promise<number> {
  const client = clientOf(group, sentinelPassword);
  try {
    await client.set('key', 'value');
    return Number(/^tcp_port:(\d+)/m.exec(await client.info('server'))?.[1]);
  } finally {
    client.disconnect();
  }
}

describe('RedisSentinels', () => {
  let group: RedisSentinels;
  beforeAll(async () => {
    group = await RedisSentinels.start();
  });
  afterEach(async () => {
    for (const server of [...group.servers, ...group.sentinels]) {
      if (server.state === 'stopped') await server.restart();
      server.thaw();
    }
    await group.settled();
  });
  afterAll(() => group?.stop());

  test('starts three Sentinels, a master and two replicas in sync', async () => {
    expect(group.sentinels).toHaveLength(3);
    expect(await group.master()).toBe(group.servers[0]);
    expect(await group.replicas()).toEqual(group.servers.slice(1));
    for (const sentinel of group.sentinels) {
      expect(await sentinel.master()).toMatchObject({
        flags: 'master',
        quorum: '2',
        'num-slaves': '2',
        'num-other-sentinels': '2',
      });
    }
  });

  test('has a url with which a client connects to the master', async () => {
    expect(group.url).toMatch(/^redis\+sentinel:\/\/127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+\/main$/);
    expect(await connectedPort(group)).toBe((await group.master()).port);
  });

  test('promotes a replica with failover(), and the old master follows the new one', async () => {
    const before = await group.master();
    await before.command('SET', 'key', 'before');
    const now = await group.failover();
    expect([now === before, await now.role()]).toEqual([false, 'master']);
    expect(await group.master()).toBe(now);
    expect(await connectedPort(group)).toBe(now.port);
    await eventually(() => before.isInSync(now));
  });

  test('promotes a replica with failover() while one Sentinel is down', async () => {
    const before = await group.master();
    await group.sentinels[0]!.kill();
    const now = await group.failover();
    expect([now === before, await now.role()]).toEqual([false, 'master']);
  });

  test('repeats a failover that Redis aborts', async () => {
    const replicas = await group.replicas();
    const user = String(await replicas[0]!.command('ACL', 'WHOAMI'));
    const allow = (rule: string): Promise<unknown> =>
      Promise.all(replicas.map((replica) => replica.command('ACL', 'SETUSER', user, rule)));
    // No replica can be promoted.
    await allow('-slaveof');
    const failover = group.failover();
    const isAborted = (): boolean => group.sentinels.some(({ log }) => log.includes('-failover-abort-slave-timeout'));
    await Promise.race([eventually(isAborted, 15_000), failover]);
    await allow('+slaveof');
    expect(replicas).toContain(await failover);
  }, 60_000);

  test.each(['kill', 'freeze'] as const)(
    'replaces a master after a %s, and the old master follows the new one when it is back',
    async (how) => {
      const before = how === 'kill' ? await group.killMaster() : await group.freezeMaster();
      const now = await group.nextMaster(before);
      expect(await group.replicas()).toHaveLength(1);
      await now.command('SET', 'key', how);
      if (how === 'kill') await before.restart();
      else before.thaw();
      await group.settled();
      expect(await before.isInSync(now)).toBe(true);
      expect(await before.command('GET', 'key')).toBe(how);
    },
  );
});

describe('RedisSentinels with TLS and passwords', () => {
  test('has a url that a client can connect to, with a separate password for the Sentinels', async () => {
    const users = { app: { password: 's3cret' } };
    const group = await RedisSentinels.start({ name: 'other', replicas: 1, tls: true, users, sentinelPassword: 'p' });
    try {
      expect(group.url).toMatch(/^rediss\+sentinel:\/\/app:s3cret@[\d.:,]+\/other$/);
      const { port } = await group.failover();
      expect(await connectedPort(group, 'p')).toBe(port);
    } finally {
      await group.stop();
    }
  });

  test('rejects start() with the error of a server that cannot start, and for invalid options', async () => {
    await expect(RedisSentinels.start({ config: { maxmemory: 'much' } })).rejects.toThrow('redis-server ended');
    await expect(RedisSentinels.start({ sentinels: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

import { describe, expect, test } from 'vitest';
import { takeOverHandshake } from '../../src/adapters/ioredis-seams/handshake-commands.js';
import { watchHangUps } from '../../src/adapters/ioredis-seams/hang-up.js';
import { PeerLimits } from '../../src/adapters/wire/peer-limits.js';
import { eventually } from '../support/eventually.js';
import { SENDS_HELLO } from '../support/ioredis-version.js';
import { HANG_UP, ScriptedProxy, type Script } from '../support/scripted-proxy.js';
import { errorsOf, rawClients } from './support/raw-clients.js';

const clients = rawClients();

async function portOf(script: Script): Promise<number> {
  const server = await clients.server();
  const proxy = await ScriptedProxy.start(server.port, script);
  clients.undo(() => proxy.stop());
  return Number(new URL(proxy.url).port);
}

describe('handshake-commands.ts', () => {
  test.each([
    ['closes a connection whose SELECT is refused', true, 'end'],
    ['is needed: without it, such a connection becomes ready with database 0', false, 'ready'],
  ])('%s', async (_, isInstalled, status) => {
    const port = await portOf({ SELECT: 'ERR unknown command' });
    const redis = clients.redis({ port, db: 2, retryStrategy: () => null });
    if (isInstalled) takeOverHandshake(redis, new PeerLimits());
    const errors = errorsOf(redis);
    redis.connect().catch(() => {});
    await eventually(() => redis.status === status);
    expect(errors[0]).toMatchObject({ message: 'ERR unknown command' });
  });

  test.each([
    ['HELLO', 'ERR invalid request'],
    ['INFO', 'ERR unknown command'],
    ['CLIENT', 'ERR unknown command'],
  ])('makes a connection ready whose %s is refused with %s', async (command, refusal) => {
    const redis = clients.redis({ port: await portOf({ [command]: refusal }) });
    takeOverHandshake(redis, new PeerLimits());
    await redis.connect();
    expect(await redis.ping()).toBe('PONG');
  });

  test('emits the reply that refuses a connection in protected mode', async () => {
    const refusal = 'DENIED Redis is running in protected mode';
    const port = await portOf({ HELLO: refusal, CLIENT: refusal, INFO: refusal });
    const redis = clients.redis({ port, retryStrategy: () => null });
    takeOverHandshake(redis, new PeerLimits());
    const errors = errorsOf(redis);
    await redis.connect().catch(() => {});
    await eventually(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ message: refusal });
  });
});

describe('hang-up.ts', () => {
  const steps = [...(SENDS_HELLO ? ['HELLO'] : []), 'CLIENT', 'INFO'];
  test.each(steps)(
    'names the step %s at which a proxy closes the connection, and leaves it out later',
    async (step) => {
      const peer = new PeerLimits();
      // ioredis 5.4 sends CLIENT only for a name.
      const redis = clients.redis({
        port: await portOf({ [step]: HANG_UP }),
        retryStrategy: () => 1,
        connectionName: 'c',
      });
      takeOverHandshake(redis, peer);
      watchHangUps(redis, peer);
      const errors = errorsOf(redis);
      redis.connect().catch(() => {});
      await eventually(() => redis.status === 'ready' && peer.avoids(step as 'HELLO' | 'CLIENT' | 'INFO'));
      expect(errors[0]).toMatchObject({ context: { step: expect.stringMatching(new RegExp(`^${step}`)) } });
      expect(await redis.ping()).toBe('PONG');
    },
  );
});

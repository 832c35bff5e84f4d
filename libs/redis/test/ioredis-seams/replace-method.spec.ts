import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replaceMethod } from '../../src/adapters/ioredis-seams/replace-method.js';
import { rawClients } from './support/raw-clients.js';

const clients = rawClients();

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

describe('replace-method.ts', () => {
  test('replaces a method of a client, and calls the original on the client', async () => {
    const redis = clients.redis({ port: server.port });
    const commands: unknown[] = [];
    replaceMethod(redis, 'sendCommand', (send) => (command, ...rest) => {
      commands.push(Reflect.get(Object(command), 'name'));
      return send(command, ...rest);
    });
    await redis.set('k', '1');
    expect(await redis.get('k')).toBe('1');
    expect(commands.slice(-2)).toEqual(['set', 'get']);
  });

  test('refuses a version of ioredis without the method', () => {
    const redis = clients.redis({ port: server.port });
    expect(() => replaceMethod(redis, 'noSuchMethod', (send) => send)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });
});

import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisConfig, type EncryptionKey } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections, unhandledRejectionsReported } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
let server: RedisServer;

const unhandled = failOnUnhandledRejections();
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());
beforeEach(() => server.command('FLUSHALL'));

describe('getMany of several unreadable values', () => {
  test('rejects once, and leaves no other rejection unhandled', async () => {
    const codec = { encryption: { keys: [{ id: 'lost', secret: 'a secret that was lost' }] } };
    await started.adapter(server.url, { codec }).setMany(['a', 'b'].map((key) => ({ key, value: 1 })));
    await server.command('SET', 'plain', '1');
    let provide = (_keys: readonly EncryptionKey[]): void => {};
    let requests = 0;
    const provider = {
      keys: () => new Promise<readonly EncryptionKey[]>((resolve) => (requests++, (provide = resolve))),
      primary: async () => 'a',
    };
    const adapter = started.adapter(server.url, { codec: { encryption: { provider } } });
    const code = codeOf(adapter.getMany(['a', 'plain', 'b']));
    await eventually(() => requests > 0);
    provide([{ id: 'a', secret: 'a secret of the test' }]);
    expect(await code).toMatch(/CODEC_(PLAINTEXT_REJECTED|UNKNOWN_KEY)/);
    await unhandledRejectionsReported();
    expect(unhandled).toEqual([]);
  });
});

describe('a call with a short deadline', () => {
  test('rejects alone: other calls on its connection are answered, and the connection stays', async () => {
    const adapter = started.adapter(server.url);
    await adapter.connect();
    const writes = Array.from({ length: 20 }, (_, i) => adapter.set(`k${i}`, i));
    const short = adapter.with({ deadline: '1ms' });
    server.freeze();
    const reads = Array.from({ length: 10 }, (_, i) => codeOf(short.get(`k${i}`)));
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    server.thaw();
    await Promise.all(writes);
    expect(adapter.status().pool.reconnects).toBe(0);
  });
});

describe('a password function that hangs once', () => {
  test('fails that attempt, and is called again for the next one', async () => {
    let calls = 0;
    const password = (): Promise<string> => (++calls === 1 ? new Promise(() => {}) : Promise.resolve(''));
    const adapter = started.adapter(new RedisConfig({ url: server.url, password, connectTimeout: '50ms' }));
    expect(await codeOf(adapter.connect())).toBe('CONNECTION_FAILED');
    await eventually(() => calls > 1);
  });
});

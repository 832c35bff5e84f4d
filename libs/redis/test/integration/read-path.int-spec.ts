import { Redis } from 'ioredis';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MAX_FILES_OF_GET } from '../../../../scripts/readability/limits.mjs';
import { CacheService, RedisAdapter } from '../../src/index.js';

const FRAME = /libs\/redis\/src\/([\w./-]+\.ts)/;

let server: RedisServer;
let adapter: RedisAdapter;
let cache: CacheService;

beforeAll(async () => {
  server = await RedisServer.start();
  adapter = new RedisAdapter(server.url, { keyPrefix: 'path:' });
  cache = new CacheService(adapter, { fallback: false });
  await adapter.set('k', { name: 'Bern' });
  await cache.set('k', { name: 'Bern' });
  // The first read also creates the versions of the namespace.
  await cache.get('k');
});

afterAll(async () => {
  await adapter.disconnect();
  await server.stop();
});

/** The source files on the stack, from the first call to the last. A file appears again if the stack returns to it. */
function filesOnStack(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const frames = new Error('stack').stack?.split('\n') ?? [];
  Error.stackTraceLimit = limit;
  const files = frames.reverse().flatMap((frame) => FRAME.exec(frame)?.[1] ?? []);
  return files.filter((file, i) => file !== files[i - 1]);
}

interface Path {
  /** From the call to the write. While nothing else is in flight, a read is written synchronously. */
  readonly out: readonly string[];
  /** From the reply to the decoded value. */
  readonly home: readonly string[];
}

async function pathOf(read: () => Promise<unknown>): Promise<Path> {
  const { client } = adapter;
  if (!(client instanceof Redis)) throw new Error('the test needs a connection to one server');
  let out: string[] = [];
  let home: string[] = [];
  const { parse } = JSON;
  const parsing = vi.spyOn(JSON, 'parse').mockImplementation((text: string) => {
    home = filesOnStack();
    return parse(text);
  });
  const send = client.sendCommand.bind(client);
  const sending = vi.spyOn(client, 'sendCommand').mockImplementation((...args) => {
    out = filesOnStack();
    return send(...args);
  });
  await read();
  parsing.mockRestore();
  sending.mockRestore();
  return { out, home };
}

describe('a read that finds a value', () => {
  test('crosses few source files, and returns to none that it has left', async () => {
    const { out, home } = await pathOf(() => adapter.get('k'));
    expect(out[0]).toBe('adapters/store.adapter.ts');
    expect(out).toEqual([...new Set(out)]);
    expect(home).toEqual([...new Set(home)]);
    expect([...new Set([...out, ...home])].slice(MAX_FILES_OF_GET)).toEqual([]);
  });

  test.each([
    ['a get of a cache', () => cache.get('k'), ['cache-reads', 'entry-reader']],
    ['a getOrSet', () => cache.getOrSet('k', () => 'loaded'), ['cache-reads', 'get-or-set', 'entry-reader']],
  ])('adds few source files in front of the store if it is %s without a fallback', async (_, read, operations) => {
    const { out } = await pathOf(read);
    const inCache = out.slice(0, out.indexOf('adapters/redis/entries/redis-entry.store.ts'));
    expect(inCache).toEqual([
      'service/cache/cache.service.ts',
      ...operations.map((name) => `service/cache/operations/${name}.ts`),
    ]);
  });
});

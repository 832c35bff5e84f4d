import { Session } from 'node:inspector/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { CacheService, RedisAdapter } from '../../src/index.js';

/** The source files that a call crosses, from the adapter to the socket and back, the codec and the resilience included. */
const MAX_FILES_OF_GET = 27;
/** The files of the cache in front of a store. */
const MAX_FILES_OF_CACHE = 8;

const SOURCE = /libs\/redis\/src\/(.+\.ts)$/;

let server: RedisServer;
let adapter: RedisAdapter;
let cache: CacheService;

beforeAll(async () => {
  server = await RedisServer.start();
  adapter = new RedisAdapter(server.url, { keyPrefix: 'path:' });
  cache = new CacheService(adapter);
  await adapter.set('k', { name: 'Bern' });
  await cache.set('k', { name: 'Bern' });
});

afterAll(async () => {
  await adapter.disconnect();
  await server.stop();
});

/** The source files in which at least one function runs during a call. The first call is not measured: it connects. */
async function filesOf(call: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await call();
  await session.post('Profiler.takePreciseCoverage');
  await call();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  await session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
  return result.flatMap(({ url, functions }) => {
    const [, file] = SOURCE.exec(url) ?? [];
    const hasRun = functions.some(({ ranges: [whole] }) => (whole?.count ?? 0) > 0);
    return file !== undefined && hasRun ? [file] : [];
  });
}

describe('a read that finds a value', () => {
  test('crosses few source files in RedisAdapter.get', async () => {
    const files = await filesOf(() => adapter.get('k'));
    expect(files).toContain('adapters/sending/command-sender.ts');
    expect(files.slice(MAX_FILES_OF_GET)).toEqual([]);
  });

  test('crosses few further source files in CacheService.getOrSet', async () => {
    const files = await filesOf(() => cache.getOrSet('k', () => 'loaded'));
    const added = files.filter((file) => file.startsWith('service/') || file.startsWith('common/'));
    expect(added).toContain('service/cache/cache.service.ts');
    expect(added.slice(MAX_FILES_OF_CACHE)).toEqual([]);
  });
});

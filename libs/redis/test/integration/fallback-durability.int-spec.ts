import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, type FallbackOptions } from '../../src/index.js';
import { CacheProcess } from '../support/cache-process.js';
import { connectedCache, down, recordEvents, recovered } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let file: FallbackOptions;

beforeEach(async () => {
  server = await started.server();
  const folder = mkdtempSync(join(tmpdir(), 'fallback-'));
  started.undo(() => rmSync(folder, { recursive: true }));
  file = { durability: 'file', journalFile: join(folder, 'journal') };
  await server.commands([
    ['SET', 'cache:deleted', '"old"'],
    ['SET', 'cache:kept', '"value"'],
  ]);
  await server.save();
});

async function process(fallback: FallbackOptions): Promise<CacheProcess> {
  const child = await CacheProcess.start(server.url, { fallback });
  started.undo(() => child.kill());
  return child;
}

/** A process deletes a key while Redis is down, and ends. Redis comes back with its snapshot. */
async function deleteAndEnd(fallback: FallbackOptions, how: 'killed' | 'disconnected'): Promise<void> {
  const child = await process(fallback);
  await server.kill();
  await eventually(async () => JSON.stringify(await child.call('invalidate', 'deleted')) === '{"status":"journaled"}');
  await child.end(how);
  await server.restart();
}

describe.each(['killed', 'disconnected'] as const)('a process that is %s during an outage', (how) => {
  test('leaves its journal to the next process with durability file, which applies it and flushes nothing', async () => {
    await deleteAndEnd(file, how);
    const next = await process(file);
    expect(await next.call('get', 'deleted')).toBeUndefined();
    expect(await next.call('get', 'kept')).toBe('value');
    expect(await server.command('EXISTS', 'cache:deleted')).toBe(0);
    await next.end('disconnected');
    // Nothing is left to apply.
    await server.command('SET', 'cache:deleted', '"newer"');
    const last = await process(file);
    expect(await last.call('get', 'deleted')).toBe('newer');
  }, 60_000);
});

describe('a process that is killed during an outage', () => {
  test('loses its journal with durability memory, so the old value is found again', async () => {
    await deleteAndEnd({ durability: 'memory' }, 'killed');
    const next = await process({ durability: 'memory' });
    expect(await next.call('get', 'deleted')).toBe('old');
  }, 60_000);
});

describe('a journal that another process uses', () => {
  test('is refused by connect with OPTION_INVALID, until that process has ended', async () => {
    const child = await process(file);
    const cache = new CacheService(server.url, { fallback: file });
    expect(await codeOf(cache.connect())).toBe('OPTION_INVALID');
    await cache.disconnect();
    await child.end('killed');
    const next = await connectedCache(started, server.url, { fallback: file });
    expect(await next.get('kept')).toBe('value');
  }, 60_000);
});

describe('a cache that is disconnected and connected again', () => {
  test('keeps its journal in the file as before', async () => {
    const cache = await connectedCache(started, server.url, { fallback: file });
    await cache.disconnect();
    await cache.connect();
    const events = recordEvents(cache, 'data-loss');
    await server.kill();
    await down(cache);
    await cache.invalidate('deleted');
    await cache.disconnect();
    await server.restart();
    const next = await connectedCache(started, server.url, { fallback: file });
    await recovered(next);
    expect(await server.command('EXISTS', 'cache:deleted')).toBe(0);
    expect(events).toEqual([]);
  });

  test('applies its journal in memory when it is connected again', async () => {
    const cache = await connectedCache(started, server.url);
    await server.kill();
    await down(cache);
    await cache.invalidate('deleted');
    await cache.disconnect();
    await server.restart();
    await cache.connect();
    await recovered(cache);
    expect(await server.command('EXISTS', 'cache:deleted')).toBe(0);
  });
});

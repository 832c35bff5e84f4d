import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Cluster, Command, Redis } from 'ioredis';
import { afterAll, describe, expect, test } from 'vitest';
import { filesUnder, read } from './docs/workspace.js';

const FOLDER = 'libs/redis/src/adapters/ioredis-seams';
const RECORD = 'docs/decisions/0030-ioredis-seams-in-one-folder.md';

const files = filesUnder(FOLDER, '.ts')
  .filter((file) => !file.endsWith('.spec.ts'))
  .map((file) => file.slice(FOLDER.length + 1))
  .sort();

/** The files in the last column of the first table of the record. */
function recordedFiles(): string[] {
  const [table = ''] = read(RECORD).match(/^\| Seam .*\n(?:\|.*\n)+/m) ?? [];
  return [...table.matchAll(/`([\w/.-]+\.ts)`\s*\|$/gm)].map(([, file]) => file as string).sort();
}

describe('the record of the ioredis seams', () => {
  test('lists every file of the folder, and no other file', () => {
    expect(recordedFiles()).toEqual(files);
  });

  test('lists other uses of ioredis in files that exist', () => {
    const [, rest = ''] = read(RECORD).split('Other folders rely on');
    const others = [...rest.matchAll(/`([\w/.-]+\.ts)`\s*\|$/gm)].map(([, file]) => `libs/redis/src/adapters/${file}`);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((file) => !filesUnder('libs/redis/src/adapters', '.ts').includes(file))).toEqual([]);
  });
});

describe('a seam file', () => {
  test.each(files)('%s begins with its seam, its reason and its source in ioredis', (file) => {
    const [head = ''] = read(`${FOLDER}/${file}`).match(/^\/\*\*.*?\*\//s) ?? [];
    expect(head).toMatch(/^\/\*\*\n \* Seam: \S.* \* Why: \S.* \* Upstream: \S/s);
  });
});

describe('the installed ioredis', () => {
  const redis = new Redis({ lazyConnect: true });
  const sentinel = new Redis({ lazyConnect: true, sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'main' });
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  afterAll(() => {
    for (const client of [redis, sentinel, cluster]) client.disconnect();
  });

  const REDIS_METHODS = [
    'connect',
    'sendCommand',
    'duplicate',
    'handleReconnection',
    'hello',
    'select',
    'info',
    'client',
    'cluster',
    '_readyCheck',
  ];
  test.each(REDIS_METHODS)('has the method redis.%s', (name) => {
    expect(typeof Reflect.get(redis, name)).toBe('function');
  });

  test.each([
    ['retryAttempts', 0],
    ['commandQueue', expect.objectContaining({ peekFront: expect.any(Function) })],
  ])('has the member redis.%s', (name, value) => {
    expect(Reflect.get(redis, name)).toEqual(value);
  });

  const CLUSTER_METHODS = [
    'connect',
    'sendCommand',
    'handleError',
    'natMapper',
    'refreshSlotsCache',
    'cluster',
    'readyCheck',
    'getInfoFromNode',
  ];
  test.each(CLUSTER_METHODS)('has the method cluster.%s', (name) => {
    expect(typeof Reflect.get(cluster, name)).toBe('function');
  });

  test.each(['connect', 'disconnect', 'check'])('has the method %s on the connector of a server', (name) => {
    expect(typeof Reflect.get(Reflect.get(redis, 'connector') as object, name)).toBe('function');
  });

  test.each(['connect', 'disconnect', 'check', 'connectToSentinel', 'resolve'])(
    'has the method %s on the Sentinel connector',
    (name) => {
      expect(typeof Reflect.get(Reflect.get(sentinel, 'connector') as object, name)).toBe('function');
    },
  );

  test.each(['toWritable', 'getSlot', 'getKeys'])('has the method Command.%s', (name) => {
    expect(typeof Reflect.get(Command.prototype, name)).toBe('function');
  });

  test.each(['protocol', 'disableClientInfo', 'connectionName', 'enableReadyCheck', 'password', 'retryStrategy'])(
    'has the option %s of a client',
    (name) => {
      expect(redis.options).toHaveProperty(name);
    },
  );

  test.each(['clusterRetryStrategy', 'retryDelayOnTryAgain'])('has the option %s of a cluster', (name) => {
    expect(cluster.options).toHaveProperty(name);
  });

  const SOURCES: readonly [text: string, file: string][] = [
    ["Stream isn't writeable", 'Redis.js'],
    ['Please report this.', 'DataHandler.js'],
    ['Command queue state error', 'DataHandler.js'],
    ['Too many Cluster redirections. Last error: ', 'cluster/index.js'],
    ['lastNodeError', 'errors/ClusterAllFailedError.js'],
    ['handlers.defaults', 'cluster/index.js'],
    ['.duplicate(', 'cluster/index.js'],
    ['.cluster("SLOTS"', 'cluster/index.js'],
    ['this.condition = {', 'Redis.js'],
    ['stream.write(', 'Redis.js'],
    ['this.stream', 'connectors/AbstractConnector.js'],
    ['NOPROTO', 'redis/event_handler.js'],
    ['retryAttempts = 0', 'redis/event_handler.js'],
    ['options.password', 'Redis.js'],
  ];
  const built = dirname(createRequire(import.meta.url).resolve('ioredis'));
  test.each(SOURCES)('contains %s in %s', (text, file) => {
    expect(readFileSync(join(built, file), 'utf8')).toContain(text);
  });
});

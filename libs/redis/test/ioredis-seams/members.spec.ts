import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Cluster, Command, Redis } from 'ioredis';
import { afterAll, describe, expect, test } from 'vitest';
import { SENDS_HELLO } from '../support/ioredis-version.js';

const manifest = createRequire(import.meta.url).resolve(`${process.env.TEST_IOREDIS ?? 'ioredis'}/package.json`);
const folder = dirname(manifest);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };

describe(`ioredis ${version}`, () => {
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
    ['manuallyClosing', false],
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
    'duplicate',
    'cluster',
    'readyCheck',
    'getInfoFromNode',
  ];
  test.each(CLUSTER_METHODS)('has the method cluster.%s', (name) => {
    expect(typeof Reflect.get(cluster, name)).toBe('function');
  });

  test('has the member cluster.isRefreshing', () => {
    expect(Reflect.get(cluster, 'isRefreshing')).toBe(false);
  });

  test('has the connection for subscriptions in cluster.subscriber', () => {
    expect(Reflect.get(cluster, 'subscriber')).toHaveProperty('subscriber', null);
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

  test.each([
    ...(SENDS_HELLO ? ['protocol'] : []),
    // ioredis 5.4 does not send the command.
    ...(version.startsWith('5.4.') ? [] : ['disableClientInfo']),
    'connectionName',
    'enableReadyCheck',
    'password',
    'retryStrategy',
  ])('has the option %s of a client', (name) => {
    expect(redis.options).toHaveProperty(name);
  });

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
    ...(SENDS_HELLO ? [['NOPROTO', 'redis/event_handler.js'] satisfies [string, string]] : []),
    ['retryAttempts = 0', 'redis/event_handler.js'],
    ['options.password', 'Redis.js'],
    ['.connector.firstError', 'Redis.js'],
    ['stream.destroyed', 'Redis.js'],
    ['self.condition.auth', 'redis/event_handler.js'],
    ['this.subscriber = new Redis', 'cluster/ClusterSubscriber.js'],
  ];
  test.each(SOURCES)('contains %s in %s', (text, file) => {
    expect(readFileSync(join(folder, 'built', file), 'utf8')).toContain(text);
  });
});

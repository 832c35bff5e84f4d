import {
  entryStoreContract,
  RedisCluster,
  RedisSentinels,
  RedisServer,
  type EntryStoreFeature,
} from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { RedisAdapter, type AdapterOptions, type RedisConfigOptions } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

const runner = { test, before: beforeAll, after: afterAll };

interface Running {
  readonly connection: RedisConfigOptions;
  readonly stop: () => Promise<void>;
}

interface Mode {
  readonly start: () => Promise<Running>;
  readonly options?: AdapterOptions;
  /** The text before the key prefix of the suite. */
  readonly prefix?: string;
  readonly lacks?: readonly EntryStoreFeature[];
}

async function onServer(more: Partial<RedisConfigOptions> = {}): Promise<Running> {
  const server = await RedisServer.start();
  return { connection: { url: server.url, ...more }, stop: () => server.stop() };
}

async function behindSentinels(): Promise<Running> {
  const group = await RedisSentinels.start({ requirepass: 'a password of the test' });
  return { connection: { url: group.url }, stop: () => group.stop() };
}

async function inCluster(): Promise<Running> {
  const cluster = await RedisCluster.start();
  return { connection: { url: cluster.url }, stop: () => cluster.stop() };
}

const encryption = {
  keys: [{ id: 'a', secret: 'the secret of the contract suite' }],
  primary: 'a',
  counters: 'plain',
} as const;

const provider = { keys: async () => encryption.keys, primary: async () => encryption.primary };

const modes: Readonly<Record<string, Mode>> = {
  'one server': { start: () => onServer() },
  'one server, over two connections': { start: () => onServer({ poolSize: 2 }) },
  'one server, with braces in the key prefix': { start: () => onServer(), prefix: '{app}:' },
  // The names of internal keys come before such a prefix, so clear() does not find them.
  'one server, with empty braces in the key prefix': { start: () => onServer(), prefix: '{}app:', lacks: ['clear'] },
  'one server, with encryption': { start: () => onServer(), options: { codec: { encryption } } },
  'one server, with encryption that binds the expiry': {
    start: () => onServer(),
    options: { codec: { encryption: { ...encryption, bindExpiry: true } } },
  },
  'one server, with encryption by the keys of a provider': {
    start: () => onServer(),
    options: { codec: { encryption: { provider, counters: 'plain' } } },
  },
  'a master behind Sentinels': { start: behindSentinels },
  'a cluster': { start: inCluster },
};

for (const [name, { start, options, prefix = '', lacks }] of Object.entries(modes)) {
  describe(`RedisAdapter on ${name} fulfils the EntryStore contract`, () => {
    let running: Running;
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running.stop());
    const createStore = (keyPrefix: string): RedisAdapter =>
      new RedisAdapter(running.connection, { ...LONG_DEADLINE, ...options, keyPrefix: prefix + keyPrefix });
    entryStoreContract(runner, { createStore, createPeer: createStore, lacks });
  });
}

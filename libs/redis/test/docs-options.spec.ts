import { describe, expect, test } from 'vitest';
import { ADAPTER_DEFAULTS, ADAPTER_OPTIONS, resolveAdapterOptions } from '../src/adapters/redis/adapter-options.js';
import { MemoryAdapter } from '../src/adapters/memory.adapter.js';
import { BREAKER_DEFAULTS } from '../src/adapters/resilience/circuit/breaker-options.js';
import { RESILIENCE_DEFAULTS } from '../src/adapters/resilience/resilience-options.js';
import { RETRY_DEFAULTS } from '../src/adapters/resilience/retry/retry-options.js';
import { MEMORY_DEFAULTS, MEMORY_OPTIONS, resolveMemoryOptions } from '../src/adapters/memory/memory-options.js';
import type { RedisInfraError } from '../src/common/redis-infra.error.js';
import { REDIS_CONFIG_DEFAULTS, REDIS_CONFIG_OPTIONS } from '../src/config/redis-config.options.js';
import { RedisConfig } from '../src/config/redis.config.js';
import { CODEC_DEFAULTS, CODEC_OPTIONS, resolveCodecOptions } from '../src/domain/codec/codec.options.js';
import { ALGORITHM_NAMES, algorithmNamed } from '../src/domain/compression/compression-algorithms.js';
import {
  COMPRESSION_DEFAULTS,
  COMPRESSION_OPTIONS,
  MIN_BYTES_WITH_DICTIONARY,
  resolveCompressionOptions,
} from '../src/domain/compression/compression.options.js';
import {
  ENCRYPTION_DEFAULTS,
  ENCRYPTION_OPTIONS,
  resolveEncryptionOptions,
} from '../src/domain/encryption/encryption.options.js';
import { RateLimit } from '../src/nest/rate-limit/policies/rate-limit.decorators.js';
import {
  RATE_LIMIT_DEFAULTS,
  RATE_LIMIT_OPTIONS,
  resolveRateLimitOptions,
} from '../src/nest/rate-limit/policies/rate-limit.options.js';
import { MODULE_DEFAULTS, resolveModuleOptions } from '../src/nest/redis-module.options.js';
import { compilePolicy, POLICY_DEFAULTS, POLICY_OPTIONS } from '../src/rate-limiter/policy/compiled-policy.js';
import { LEASE_DEFAULTS, LEASE_OPTIONS, resolveLease } from '../src/rate-limiter/policy/lease-options.js';
import type { RateLimitPolicy } from '../src/rate-limiter/policy/rate-limit-policy.js';
import { RATE_LIMITER_OPTIONS } from '../src/rate-limiter/policy/rate-limiter-options.js';
import {
  resolveThrottlerOptions,
  THROTTLER_DEFAULTS,
  THROTTLER_OPTIONS,
} from '../src/rate-limiter/throttler/throttler-storage.options.js';
import { CACHE_DEFAULTS, CACHE_OPTIONS, resolveCacheOptions } from '../src/service/cache/options/cache-options.js';
import { KEYV_STORE_DEFAULTS, KEYV_STORE_OPTIONS, KeyvStore } from '../src/service/keyv/keyv.store.js';
import { codeOf, sectionOf, tablesOf, type Row } from './docs/markdown.js';
import { read } from './docs/workspace.js';

const PAGES = ['module', 'connection', 'cache', 'rate-limit', 'adapter', 'memory', 'codec'];
const GUIDES = ['keyv-and-cache-manager', 'keeping-nestjs-throttler'];
const REFERENCE = [...PAGES.map((page) => `reference/${page}`), ...GUIDES.map((guide) => `guides/${guide}`)]
  .map((page) => read(`docs/${page}.md`))
  .join('\n');
const UNKNOWN = { surely_no_option: 1 };

const { sentinelPort, ...CONNECTION_DEFAULTS } = REDIS_CONFIG_DEFAULTS;

interface Documented {
  readonly title: string;
  /** Which of the tables under the title. @default the first */
  readonly table?: number;
  /** Refuses an option that it does not know, and names those that it does. */
  readonly refuse: () => unknown;
  readonly defaults: Readonly<Record<string, unknown>>;
}

const TABLES: readonly Documented[] = [
  {
    title: 'Options of the module',
    refuse: () => resolveModuleOptions(UNKNOWN as object),
    defaults: { ...ADAPTER_DEFAULTS, ...MODULE_DEFAULTS },
  },
  { title: 'Connection options', refuse: () => new RedisConfig(UNKNOWN as object), defaults: CONNECTION_DEFAULTS },
  { title: 'Options of the cache', refuse: () => resolveCacheOptions(UNKNOWN as object, ''), defaults: CACHE_DEFAULTS },
  {
    title: 'Options of the adapter',
    refuse: () => resolveAdapterOptions(UNKNOWN as object),
    defaults: ADAPTER_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    table: 1,
    refuse: () => resolveAdapterOptions({ resilience: UNKNOWN as object }),
    defaults: RESILIENCE_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    table: 2,
    refuse: () => resolveAdapterOptions({ resilience: { retry: UNKNOWN as object } }),
    defaults: RETRY_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    table: 3,
    refuse: () => resolveAdapterOptions({ resilience: { breaker: UNKNOWN as object } }),
    defaults: BREAKER_DEFAULTS,
  },
  {
    title: 'Options of the embedded store',
    refuse: () => resolveMemoryOptions(UNKNOWN as object),
    defaults: MEMORY_DEFAULTS,
  },
  { title: 'Options of the codec', refuse: () => resolveCodecOptions(UNKNOWN as object), defaults: CODEC_DEFAULTS },
  {
    title: 'Options of compression',
    refuse: () => resolveCompressionOptions(UNKNOWN as object),
    defaults: COMPRESSION_DEFAULTS,
  },
  {
    title: 'Options of encryption',
    refuse: () => resolveEncryptionOptions(UNKNOWN as object),
    defaults: ENCRYPTION_DEFAULTS,
  },
  {
    title: 'Options of the decorator',
    refuse: () => RateLimit([{ limit: 1, window: '1m' }], UNKNOWN as object),
    defaults: { extend: false },
  },
  {
    title: 'Options of rate limiting',
    refuse: () => resolveRateLimitOptions(UNKNOWN as object, 'rateLimit'),
    defaults: RATE_LIMIT_DEFAULTS,
  },
  {
    title: 'Options of a policy',
    refuse: () => compilePolicy(UNKNOWN as object as RateLimitPolicy, ''),
    defaults: POLICY_DEFAULTS,
  },
  {
    title: 'Options of a lease',
    refuse: () => resolveLease(UNKNOWN as object, { burst: 10, windowMs: 1000 }, 'lease'),
    defaults: LEASE_DEFAULTS,
  },
  {
    title: 'Options of KeyvStore',
    refuse: () => new KeyvStore(new MemoryAdapter(), UNKNOWN as object),
    defaults: KEYV_STORE_DEFAULTS,
  },
  {
    title: 'Options of RedisThrottlerStorage',
    refuse: () => resolveThrottlerOptions(UNKNOWN as object),
    defaults: THROTTLER_DEFAULTS,
  },
];

/** Options whose names the code exports as a list. */
const LISTED: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Options of the cache', CACHE_OPTIONS],
  ['Options of the adapter', ADAPTER_OPTIONS],
  ['Options of the embedded store', MEMORY_OPTIONS],
  ['Options of the codec', CODEC_OPTIONS],
  ['Options of compression', COMPRESSION_OPTIONS],
  ['Options of encryption', ENCRYPTION_OPTIONS],
  ['Options of rate limiting', RATE_LIMIT_OPTIONS],
  ['Options of a policy', POLICY_OPTIONS],
  ['Options of a lease', LEASE_OPTIONS],
  ['Options of KeyvStore', KEYV_STORE_OPTIONS],
  ['Options of RedisThrottlerStorage', THROTTLER_OPTIONS],
];

function messageOf(refuse: () => unknown): string {
  try {
    refuse();
  } catch (error) {
    return (error as RedisInfraError).message;
  }
  return expect.fail('it was not refused');
}

function rowsUnder(title: string, table = 0): Row[] {
  return tablesOf(sectionOf(REFERENCE, title) ?? '')[table] ?? [];
}

const knownTo = (refuse: () => unknown): string[] => (messageOf(refuse).split('known are ')[1] ?? '').split(', ');
const namesIn = (rows: readonly Row[]): string[] =>
  rows.map(({ option }) => codeOf(option ?? '') ?? `not code: ${option}`);

/** A default as the reference writes it. */
function written(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return JSON.stringify(value);
  return typeof value === 'number' && value >= 10_000 ? value.toLocaleString('en').replaceAll(',', '_') : String(value);
}

describe.each(TABLES)('the reference under "$title"', ({ title, table, refuse, defaults }) => {
  const rows = rowsUnder(title, table);

  test('has a row for every option that exists, and for no other', () => {
    expect(namesIn(rows).sort()).toEqual(knownTo(refuse).sort());
  });

  test('gives every option the default that it has', () => {
    const stated = rows.flatMap(({ option = '', default: value = '' }) => {
      const code = codeOf(value);
      return code === undefined ? [] : [[codeOf(option), code]];
    });
    const inCode = Object.entries(defaults).map(([name, value]) => [name, written(value)]);
    expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(inCode));
  });
});

describe('the reference', () => {
  test('lists the options of a connection in the order of REDIS_CONFIG_OPTIONS', () => {
    expect(namesIn(rowsUnder('Connection options'))).toEqual([...REDIS_CONFIG_OPTIONS]);
  });

  test.each(LISTED)('lists under "%s" exactly the options that the code lists', (title, names) => {
    expect(namesIn(rowsUnder(title)).sort()).toEqual([...names].sort());
  });

  test('lists the options of the limiter first under "Options of rate limiting"', () => {
    const own = namesIn(rowsUnder('Options of rate limiting')).slice(0, RATE_LIMITER_OPTIONS.length);
    expect(own).toEqual([...RATE_LIMITER_OPTIONS]);
  });

  test('states the level range and the default level of each compression algorithm', () => {
    const level = rowsUnder('Options of compression').find(({ option }) => option === '`level`');
    for (const name of ALGORITHM_NAMES) {
      const levels = algorithmNamed(name)?.levels;
      const own = levels === undefined ? /\d/ : new RegExp(`^${levels.default}\\b`);
      const range = levels === undefined ? /\d/ : new RegExp(`^${levels.min} to ${levels.max}\\b`);
      expect(level?.default?.split(`${name} `)[1]).toMatch(own);
      expect(level?.takes?.split(`${name} `)[1]).toMatch(range);
    }
  });

  test('states the default of minBytes with a dictionary', () => {
    const minBytes = rowsUnder('Options of compression').find(({ option }) => option === '`minBytes`');
    expect(minBytes?.['what it does']).toMatch(new RegExp(`dictionary.*\\b${MIN_BYTES_WITH_DICTIONARY}\\b`));
  });

  test.each([
    ['Seeing what happens', 'CacheEvents', 'service/cache/cache-events.ts'],
    ['Events', 'AdapterEvents', 'adapters/redis/adapter-events.ts'],
  ])('has under "%s" a row for every event of %s, and for no other', (title, type, file) => {
    const body = new RegExp(`(?<=interface ${type} \\{).*?^\\}`, 'ms').exec(read(`libs/redis/src/${file}`))?.[0] ?? '';
    const events = [...body.matchAll(/^ {2}'?([\w-]+)'?: \{(.*)\};$/gm)].map(([, event, payload]) => [
      event,
      payload?.match(/(?<=readonly )\w+/g),
    ]);
    const rows = rowsUnder(title).map(({ event = '', payload = '' }) => [
      codeOf(event),
      payload.replaceAll(/\(.*?\)/g, '').match(/(?<=`)\w+(?=`)/g),
    ]);
    expect(events.length).toBeGreaterThan(0);
    expect(rows).toEqual(events);
  });

  test('states the default port of Sentinels in the row of `sentinels`', () => {
    expect(rowsUnder('Connection options').find(({ option }) => option === '`sentinels`')?.['what it sets']).toContain(
      String(sentinelPort),
    );
  });

  test('lists under "Options of a registration" the options that a factory must not return', () => {
    const [extras] =
      /(?<=interface RedisModuleExtras \{).*?^\}/ms.exec(read('libs/redis/src/nest/redis-module.options.ts')) ?? [];
    const names = namesIn(rowsUnder('Options of a registration'));
    expect(names).toEqual(extras?.match(/(?<=readonly )\w+/g));
    const refusals = names.map((name) => messageOf(() => resolveModuleOptions({ [name]: undefined })));
    expect(refusals).toEqual(
      names.map((name) => expect.stringMatching(new RegExp(`^${name}: must not be returned by the factory`))),
    );
  });

  test('has a row for every supported URL scheme, and for no other', () => {
    const schemes = rowsUnder('URLs').map(({ URL = '' }) => /^`([\w+]+:\/\/)/.exec(URL)?.[1] ?? URL);
    expect(schemes.sort()).toEqual(knownTo(() => new RedisConfig({ url: 'surely-no-scheme://h' })).sort());
  });

  test('has a row for every environment variable that is read, and for no other', () => {
    const variables = rowsUnder('Environment').map(({ variable = '' }) => codeOf(variable));
    const inSource = read('libs/redis/src/config/environment.ts').match(/(?<=')REDIS_[A-Z_]+(?=')/g);
    expect(new Set(variables)).toEqual(new Set(inSource));
  });
});

import { describe, expect, test } from 'vitest';
import { ADAPTER_DEFAULTS, RESILIENCE_DEFAULTS, resolveAdapterOptions } from '../src/adapters/redis/adapter-options.js';
import { MEMORY_DEFAULTS, resolveMemoryOptions } from '../src/adapters/memory/memory-options.js';
import type { RedisInfraError } from '../src/common/redis-infra.error.js';
import { REDIS_CONFIG_DEFAULTS, REDIS_CONFIG_OPTIONS } from '../src/config/redis-config.options.js';
import { RedisConfig } from '../src/config/redis.config.js';
import { MODULE_DEFAULTS, resolveModuleOptions } from '../src/nest/redis-module.options.js';
import { CACHE_DEFAULTS, CACHE_OPTIONS, resolveCacheOptions } from '../src/service/cache/cache-options.js';
import { codeOf, sectionOf, tablesOf, type Row } from './docs/markdown.js';
import { read } from './docs/workspace.js';

const README = read('README.md');
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
    title: 'Options of the embedded store',
    refuse: () => resolveMemoryOptions(UNKNOWN as object),
    defaults: MEMORY_DEFAULTS,
  },
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
  return tablesOf(sectionOf(README, title) ?? '')[table] ?? [];
}

const knownTo = (refuse: () => unknown): string[] => (messageOf(refuse).split('known are ')[1] ?? '').split(', ');
const namesIn = (rows: readonly Row[]): string[] =>
  rows.map(({ option }) => codeOf(option ?? '') ?? `not code: ${option}`);

/** A default as the README writes it. */
function written(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'number' && value >= 10_000 ? value.toLocaleString('en').replaceAll(',', '_') : String(value);
}

describe.each(TABLES)('the README under "$title"', ({ title, table, refuse, defaults }) => {
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

describe('the README', () => {
  test('has the options that are listed beside their types', () => {
    expect(namesIn(rowsUnder('Connection options'))).toEqual([...REDIS_CONFIG_OPTIONS]);
    expect(namesIn(rowsUnder('Options of the cache')).sort()).toEqual([...CACHE_OPTIONS].sort());
  });

  test('says the port of Sentinels where it lists them', () => {
    expect(rowsUnder('Connection options').find(({ option }) => option === '`sentinels`')?.['what it says']).toContain(
      String(sentinelPort),
    );
  });

  test('lists under "Options of a registration" what a factory may not return', () => {
    const [extras] =
      /(?<=interface RedisModuleExtras \{).*?^\}/ms.exec(read('libs/redis/src/nest/redis-module.options.ts')) ?? [];
    const names = namesIn(rowsUnder('Options of a registration'));
    expect(names).toEqual(extras?.match(/(?<=readonly )\w+/g));
    const refusals = names.map((name) => messageOf(() => resolveModuleOptions({ [name]: undefined })));
    expect(refusals).toEqual(
      names.map((name) => expect.stringMatching(new RegExp(`^${name}: belongs to the registration`))),
    );
  });

  test('has a row for every scheme that is known, and for no other', () => {
    const schemes = rowsUnder('URLs').map(({ URL = '' }) => /^`([\w+]+:\/\/)/.exec(URL)?.[1] ?? URL);
    expect(schemes.sort()).toEqual(knownTo(() => new RedisConfig({ url: 'surely-no-scheme://h' })).sort());
  });

  test('has a row for every variable that is read, and for no other', () => {
    const variables = rowsUnder('Environment').map(({ variable = '' }) => codeOf(variable));
    const inSource = read('libs/redis/src/config/environment.ts').match(/(?<=')REDIS_[A-Z_]+(?=')/g);
    expect(new Set(variables)).toEqual(new Set(inSource));
  });
});

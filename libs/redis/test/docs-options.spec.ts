import { describe, expect, test } from 'vitest';
import { isPlainObject } from '../src/common/options.js';
import type { RedisInfraError } from '../src/common/redis-infra.error.js';
import { REDIS_CONFIG_DEFAULTS, REDIS_CONFIG_OPTIONS } from '../src/config/redis-config.options.js';
import { RedisConfig } from '../src/config/redis.config.js';
import { ALGORITHM_NAMES, algorithmNamed } from '../src/domain/compression/compression-algorithms.js';
import { MIN_BYTES_WITH_DICTIONARY } from '../src/domain/compression/compression.options.js';
import { resolveModuleOptions } from '../src/nest/redis-module.options.js';
import { RATE_LIMITER_OPTIONS } from '../src/rate-limiter/policy/rate-limiter-options.js';
import { UNTRACKED_TTL_MS } from '../src/service/cache/near/near-options.js';
import { codeOf, sectionOf, tablesOf, type Row } from './docs/markdown.js';
import { read } from './docs/workspace.js';
import { LISTED, TABLES } from './docs/option-tables.js';

const PAGES = [
  'module',
  'connection',
  'cache',
  'fallback',
  'sharded',
  'lock',
  'rate-limit',
  'adapter',
  'memory',
  'codec',
  'health',
];
const GUIDES = [
  'keyv-and-cache-manager',
  'keeping-nestjs-throttler',
  'decorators-and-http-caching',
  'metrics',
  'tracing',
];
const REFERENCE = [...PAGES.map((page) => `reference/${page}`), ...GUIDES.map((guide) => `guides/${guide}`)]
  .map((page) => read(`docs/${page}.md`))
  .join('\n');
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
  if (isPlainObject(value)) {
    return `{ ${Object.entries(value)
      .map(([name, member]) => `${name}: ${written(member)}`)
      .join(', ')} }`;
  }
  return typeof value === 'number' && value >= 10_000 ? value.toLocaleString('en').replaceAll(',', '_') : String(value);
}

describe.each(TABLES)('the reference under "$title"', ({ title, table, refuse, elsewhere = [], defaults }) => {
  const rows = rowsUnder(title, table);
  const own = (name: string): boolean => !elsewhere.includes(name) || namesIn(rows).includes(name);

  test('has a row for every option that exists, and for no other', () => {
    expect(namesIn(rows).sort()).toEqual(knownTo(refuse).filter(own).sort());
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

  test('states under "Options of near" the longest use of a copy without tracking', () => {
    const ttl = rowsUnder('Options of near').find(({ option }) => option === '`ttl`');
    expect(ttl?.default).toContain(`${UNTRACKED_TTL_MS / 1000} s without tracking`);
  });

  test('states the default port of Sentinels in the row of `sentinels`', () => {
    expect(rowsUnder('Connection options').find(({ option }) => option === '`sentinels`')?.['what it sets']).toContain(
      String(REDIS_CONFIG_DEFAULTS.sentinelPort),
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

import { ADAPTER_LEVELS, LAYERS, adapterArrows, arrows, type AdapterLevel, type Layer } from './layers.js';

/** A file and the rules it breaks, one entry per finding; empty for code that must pass. */
export interface Fixture {
  readonly what: string;
  readonly file: string;
  readonly source: string;
  readonly breaks: readonly string[];
}

const SRC = 'libs/redis/src';
const IMPORTS = 'no-restricted-imports';

/** The files that the other fixtures import. */
export function targets(): readonly { file: string; source: string }[] {
  const source = 'export interface Item {\n  readonly name: string;\n}\nexport const item: Item = { name: "" };\n';
  const entries = ['index', 'testing'].map((entry) => `${SRC}/${entry}.ts`);
  const folders = [...LAYERS, ...ADAPTER_LEVELS.map((level) => `adapters/${level}`)];
  const publicAdapter = `${SRC}/adapters/redis.adapter.ts`;
  return [...folders.map((folder) => `${SRC}/${folder}/item.ts`), publicAdapter, ...entries].map((file) => ({
    file,
    source,
  }));
}

export function fixtures(): readonly Fixture[] {
  return [
    ...arrows()
      .filter(({ from, to }) => from !== to)
      .map(arrow),
    ...adapterArrows().map(adapterArrow),
    ...ADAPTER_LEVELS.map(publicAdapterArrow),
    ...levelRules(),
    ...entryRules(),
    ...vendors(),
    ...pureDomain(),
    ...systemTime(),
    ...cycles(),
    ...rules(),
  ];
}

/** Every way to import another layer, from a nested folder too. */
function arrow({ from, to, allowed }: { from: Layer; to: Layer; allowed: boolean }): Fixture {
  const ways = [
    `import { item } from '../${to}/item.js';`,
    `import type { Item } from '../../${to}/item.js';`,
    `export { item as again } from '../${to}/item.js';`,
    `export const later = (): Promise<unknown> => import('../../src/${to}/item.js');`,
    'export const here: Item = item;',
  ];
  return {
    what: `${from} imports ${to}`,
    file: `${SRC}/${from}/arrow-to-${to}.ts`,
    source: ways.join('\n'),
    breaks: allowed ? [] : [IMPORTS, IMPORTS, IMPORTS, IMPORTS],
  };
}

/** The public adapters, in the folder `adapters/` itself, are above all levels. */
function publicAdapterArrow(from: AdapterLevel): Fixture {
  return {
    what: `adapters/${from} imports a public adapter`,
    file: `${SRC}/adapters/${from}/inner/arrow-to-adapter.ts`,
    source: "import { item } from '../../redis.adapter.js';\nexport const here = item;\n",
    breaks: [IMPORTS],
  };
}

/** Every import between two levels of `adapters/`, and from a nested folder. */
function adapterArrow({ from, to, allowed }: ReturnType<typeof adapterArrows>[number]): Fixture {
  return {
    what: `adapters/${from} imports adapters/${to}`,
    file: `${SRC}/adapters/${from}/inner/arrow-to-${to}.ts`,
    source: `import { item } from '../../${to}/item.js';\nexport const here = item;\n`,
    breaks: allowed ? [] : [IMPORTS],
  };
}

/** The override for a level replaces the one for all adapters, so it repeats the rules of the layer. */
function levelRules(): readonly Fixture[] {
  return ADAPTER_LEVELS.flatMap((level) =>
    [
      ['service', '../../service/item.js'],
      ['index', '../../index.js'],
      ['nest', '@nestjs/common'],
      ['vitest', 'vitest'],
    ].map(([name = '', from = '']) =>
      importing(`adapters/${level} imports ${from}`, `${SRC}/adapters/${level}/rule-${name}.ts`, from, [IMPORTS]),
    ),
  );
}

function entryRules(): readonly Fixture[] {
  const inLayers = LAYERS.flatMap((layer) =>
    ['../index.js', '../core.js', '../testing.js', 'nestjs-redis-infra', 'nestjs-redis-infra/testing'].map(
      (entry, at) =>
        importing(`${layer} imports the entry ${entry}`, `${SRC}/${layer}/entry-${at}.ts`, entry, [IMPORTS]),
    ),
  );
  return [
    ...inLayers,
    importing('an entry imports testing', `${SRC}/index-a.ts`, './testing/item.js', [IMPORTS]),
    importing('an entry imports the testing entry', `${SRC}/index-b.ts`, './testing.js', [IMPORTS]),
    importing('an entry imports the package', `${SRC}/index-c.ts`, 'nestjs-redis-infra', [IMPORTS]),
    importing('an entry imports every other layer', `${SRC}/index-d.ts`, './nest/item.js', []),
    coreEntry(),
    importing('a unit spec imports what it needs', `${SRC}/common/clock.spec.ts`, '../testing/item.js', []),
    importing('an application imports the package', 'apps/demo/src/a.ts', 'nestjs-redis-infra', []),
    importing(
      'an application imports a file of the package',
      'apps/demo/src/b.ts',
      '../../../libs/redis/src/index.js',
      [IMPORTS],
    ),
  ];
}

/** One file, because the rule is for this file alone. */
function coreEntry(): Fixture {
  const refused = [
    './nest/item.js',
    './index.js',
    '@nestjs/common',
    './testing/item.js',
    'nestjs-redis-infra',
    'ioredis',
    'vitest',
  ];
  const source = refused.map(
    (from, at) => `import { item as item${at} } from '${from}';\nexport const own${at} = item${at};\n`,
  );
  return {
    what: 'the core entry imports what works with NestJS only',
    file: `${SRC}/core.ts`,
    source: source.join(''),
    breaks: refused.map(() => IMPORTS),
  };
}

function vendors(): readonly Fixture[] {
  const knowsTheFramework: readonly Layer[] = ['nest', 'testing'];
  const knowsNoClient: readonly Layer[] = ['common', 'domain'];
  return LAYERS.flatMap((layer) => {
    const framework = knowsTheFramework.includes(layer) ? [] : [IMPORTS];
    const file = (name: string): string => `${SRC}/${layer}/vendor-${name}.ts`;
    return [
      importing(`${layer} imports Nest`, file('nest'), '@nestjs/common', framework),
      importing(`${layer} imports types of Nest`, file('nest-types'), '@nestjs/core', framework, 'type'),
      importing(`${layer} imports ioredis`, file('ioredis'), 'ioredis', layer === 'adapters' ? [] : [IMPORTS]),
      importing(
        `${layer} imports a file of ioredis`,
        file('ioredis-file'),
        'ioredis/built/Redis',
        layer === 'adapters' ? [] : [IMPORTS],
      ),
      importing(
        `${layer} imports types of ioredis`,
        file('ioredis-types'),
        'ioredis',
        knowsNoClient.includes(layer) ? [IMPORTS] : [],
        'type',
      ),
      importing(`${layer} imports the test runner`, file('vitest'), 'vitest', [IMPORTS]),
      importing(`${layer} imports createRequire`, file('require'), 'node:module', [IMPORTS]),
    ];
  }).concat(
    importing('an entry imports ioredis', `${SRC}/index-e.ts`, 'ioredis', [IMPORTS]),
    importing('an entry imports types of ioredis', `${SRC}/index-f.ts`, 'ioredis', [], 'type'),
    importing('an entry imports the test runner', `${SRC}/index-g.ts`, 'vitest', [IMPORTS]),
  );
}

const IO = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'dns/promises',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'os',
  'perf_hooks',
  'process',
  'readline',
  'repl',
  'timers',
  'timers/promises',
  'tls',
  'worker_threads',
];

function pureDomain(): readonly Fixture[] {
  const domain = (name: string): string => `${SRC}/domain/io-${name.replace('/', '-')}.ts`;
  return [
    ...IO.map((module) => importing(`domain imports node:${module}`, domain(module), `node:${module}`, [IMPORTS])),
    ...['crypto', 'zlib', 'buffer'].map((module) =>
      importing(`domain imports node:${module}`, domain(module), `node:${module}`, []),
    ),
    ...['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'process'].map((name) => ({
      what: `domain uses ${name}`,
      file: domain(`global-${name}`),
      source: `export const global = ${name};\n`,
      breaks: ['no-restricted-globals'],
    })),
  ];
}

function systemTime(): readonly Fixture[] {
  const ways = ['Date.now()', 'performance.now()', 'performance.timeOrigin', 'process.hrtime()', 'process.uptime()'];
  const reading = (way: string, file: string, breaks: readonly string[]): Fixture => ({
    what: `${file} reads ${way}`,
    file: `${SRC}/${file}`,
    source: `export const time: unknown = ${way};\n`,
    breaks,
  });
  return [
    ...ways.map((way, at) => reading(way, `nest/system-time-${at}.ts`, ['no-restricted-properties'])),
    reading('Date.now()', 'testing/inner/system-time.ts', ['no-restricted-properties']),
    reading('Date.now()', 'common/clock.ts', []),
    reading('Date.now()', 'nest/system-time.spec.ts', []),
  ];
}

function cycles(): readonly Fixture[] {
  const half = (kind: string, own: string, other: string): Fixture => ({
    what: `a cycle of ${kind}, ${own}`,
    file: `${SRC}/service/${kind}-${own}.ts`,
    source:
      kind === 'types'
        ? `import type { ${other} } from './${kind}-${other}.js';\nexport interface ${own} {\n  readonly ${other}: ${other} | undefined;\n}\n`
        : `import { ${other} } from './${kind}-${other}.js';\nexport const ${own} = (): unknown => ${other};\n`,
    breaks: ['import/no-cycle'],
  });
  return ['values', 'types'].flatMap((kind) => [half(kind, 'egg', 'hen'), half(kind, 'hen', 'egg')]);
}

/** One file for each rule of the configuration that does not concern layers. */
function rules(): readonly Fixture[] {
  const broken = (rule: string, source: string, file = `${SRC}/service/${rule.replace('/', '-')}.ts`): Fixture => ({
    what: `code that breaks ${rule}`,
    file,
    source: `${source}\n`,
    breaks: [rule],
  });
  return [
    broken('eqeqeq', 'export const same = (a: unknown, b: unknown): boolean => a == b;'),
    broken('prefer-const', 'export const one = (): number => {\n  let a = 1;\n  return a;\n};'),
    broken('no-var', 'export function one(a: number): number {\n  var b = a;\n  return b;\n}'),
    broken('no-unused-vars', 'export function one(a: number): number {\n  return 1;\n}'),
    broken('no-console', "console.log('text');\nexport const logged = true;"),
    broken('max-lines', 'export const lines = [\n' + '  1,\n'.repeat(400) + '];'),
    broken('import/no-default-export', 'const one = 1;\nexport default one;'),
    broken(
      'import/no-duplicates',
      "import { item } from './item.js';\nimport { item as again } from './item.js';\nexport const both = [item, again];",
    ),
    broken('oxc/no-barrel-file', "export * from './item.js';"),
    broken('oxc/no-barrel-file', "export * from './common/item.js';", `${SRC}/index-h.ts`),
    broken('typescript/no-explicit-any', 'export const anything = (a: any): unknown => a;'),
    broken('typescript/no-floating-promises', 'export function forget(a: () => Promise<void>): void {\n  a();\n}'),
    broken(
      'typescript/no-misused-promises',
      'export function each(a: readonly number[], b: (a: number) => Promise<void>): void {\n  a.forEach(b);\n}',
    ),
    broken('typescript/require-array-sort-compare', 'export const sorted = (a: number[]): number[] => a.sort();'),
    broken('typescript/no-require-imports', "export const item: unknown = require('./item.js');"),
    broken('typescript/only-throw-error', "export function fail(): never {\n  throw 'text';\n}"),
    broken(
      'typescript/switch-exhaustiveness-check',
      "export function side(a: 'left' | 'right'): number {\n  switch (a) {\n    case 'left':\n      return 1;\n  }\n  return 2;\n}",
    ),
    broken('unicorn/prefer-node-protocol', "import { inspect } from 'util';\nexport const shown = inspect(1);"),
    broken(
      'vitest/no-focused-tests',
      "import { it } from 'vitest';\nit.only('works', () => {});",
      `${SRC}/service/focused.spec.ts`,
    ),
    broken(
      'vitest/no-disabled-tests',
      "import { it } from 'vitest';\nit.skip('works', () => {});",
      `${SRC}/service/disabled.spec.ts`,
    ),
    {
      what: 'a default export of a tool configuration',
      file: 'tool.config.ts',
      source: 'const tool = {};\nexport default tool;\n',
      breaks: [],
    },
  ];
}

function importing(
  what: string,
  file: string,
  module: string,
  breaks: readonly string[],
  kind: 'value' | 'type' = 'value',
): Fixture {
  const source =
    kind === 'value'
      ? `import { item } from '${module}';\nexport const here: unknown = item;\n`
      : `import type { Item } from '${module}';\nexport type Here = Item;\n`;
  return { what, file, source, breaks };
}

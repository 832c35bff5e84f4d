import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES, PROGRAMS, subpathOf } from '../scripts/build/entries.mjs';
import { PACKAGE, requireCurrentBuild } from './built.package.js';
import { MANIFEST, PackageConsumer } from './package.consumer.js';

const INSTALL_TIMEOUT_MS = 120_000;
const COMPILE_TIMEOUT_MS = 120_000;
const PUBLINT = 'publint/src/cli.js';
const ATTW = '@arethetypeswrong/cli/dist/index.js';
const FORMATS = ['esm', 'cjs'];
/** Bundled code, and the declarations of source files. */
const IN_DIST = /^dist\/(?:(?:esm|cjs)\/[\w-]+\.js|esm\/[\w-]+\.js\.map|(?:esm|cjs)\/(?:[\w-]+\/)*[\w.-]+\.d\.ts)$/;
const OTHER_FILES = [
  'LICENSE',
  'README.md',
  'dist/cjs/package.json',
  'monitoring/alerts.yml',
  'monitoring/grafana-dashboard.json',
  'package.json',
];

let consumer: PackageConsumer;

beforeAll(async () => {
  await requireCurrentBuild();
  consumer = await PackageConsumer.create('consumer', Object.keys(MANIFEST.peerDependencies));
}, INSTALL_TIMEOUT_MS);

afterAll(() => consumer?.remove());

describe('the packed package', () => {
  it('contains exactly the build, its alert rules and dashboard, its README, its licence and its manifest', () => {
    const others = consumer.files.filter((file) => !IN_DIST.test(file));
    expect([...others].sort()).toEqual(OTHER_FILES);
    expect(consumer.files.filter((file) => /\.spec\.|fixture/.test(file))).toEqual([]);
  });

  it('contains one code file for each entry and format, with its types', () => {
    const expected = FORMATS.flatMap((format) => ENTRIES.map((entry) => `dist/${format}/${entry}`));
    const isShared = (file: string): boolean => /\/shared-[\w-]+\.js$/.test(file);
    const code = consumer.files.filter((file) => file.endsWith('.js') && !isShared(file));
    const programs = PROGRAMS.map((program) => `dist/esm/${program}`);
    expect([...code].sort()).toEqual([...expected, ...programs].map((entry) => `${entry}.js`).sort());
    expect(consumer.files).toEqual(expect.arrayContaining(expected.map((entry) => `${entry}.d.ts`)));
  });

  it('has an export for each entry, with code and types for import and require', () => {
    const names = ENTRIES.map(subpathOf);
    expect(Object.keys(MANIFEST.exports).sort()).toEqual([...names, './package.json'].sort());
    const files = (format: string, entry: string): object => ({
      types: `./dist/${format}/${entry}.d.ts`,
      default: `./dist/${format}/${entry}.js`,
    });
    for (const [at, name] of names.entries()) {
      const entry = ENTRIES[at] ?? '';
      const [esm, cjs] = [files('esm', entry), files('cjs', entry)];
      // The first condition that matches is used, so their order matters.
      expect(Object.entries(MANIFEST.exports[name] ?? {})).toEqual(
        Object.entries({ 'module-sync': esm, import: esm, require: cjs }),
      );
    }
  });

  it('contains no import.meta in the CommonJS build', () => {
    const code = consumer.files.filter((file) => /^dist\/cjs\/.*\.js$/.test(file));
    expect(code.length).toBeGreaterThan(0);
    expect(code.filter((file) => readFileSync(join(PACKAGE, file), 'utf8').includes('import.meta'))).toEqual([]);
  });

  it('passes publint without suggestions', async () => {
    const { code, stdout } = await consumer.tool(PUBLINT, 'run', consumer.tarball, '--strict');
    expect(stdout).toContain('All good!');
    expect(code).toBe(0);
  });

  it(
    'has correct types for importers of every entry in every resolution mode of TypeScript',
    async () => {
      const { code, stdout } = await consumer.tool(ATTW, consumer.tarball, '--format', 'ascii');
      for (const mode of ['node10', 'node16 (from CJS)', 'node16 (from ESM)', 'bundler']) {
        const correct = stdout.split('\n').filter((line) => line.trim().startsWith(`${mode}: 🟢`));
        expect([mode, correct.length]).toEqual([mode, Object.keys(MANIFEST.exports).length]);
      }
      expect({ code, stdout }).toMatchObject({ code: 0 });
    },
    COMPILE_TIMEOUT_MS,
  );
});

describe('a project with the packed package', () => {
  it('contains exactly the declared dependencies, theirs, and the linked peers', () => {
    const { peerDependencies, name } = MANIFEST;
    const expected = [name, ...consumer.dependencies, ...Object.keys(peerDependencies), '@types'];
    const installed = readdirSync(join(consumer.folder, 'node_modules')).filter((entry) => !entry.startsWith('.'));
    expect(new Set(installed)).toEqual(new Set(expected.map((each) => each.split('/')[0])));
    expect(readdirSync(join(consumer.folder, 'node_modules', name))).not.toContain('node_modules');
  });

  it.each(['ioredis', 'ioredis-5.4', 'ioredis-5'])(
    'compiles against the types of the package and its peers, and runs with injected instances (%s)',
    async (ioredis) => {
      consumer.relink('ioredis', ioredis);
      expect(await consumer.tool('typescript/bin/tsc', '-p', '.')).toEqual({ code: 0, stdout: '', stderr: '' });
      const { code, stdout, stderr } = await consumer.node('out/main.js');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        mode: 'memory',
        loaded: 4,
        stored: 4,
        elsewhere: null,
        refused: 'KEY_INVALID',
        testing: ['function', 'function'],
        testingNest: ['function', 'function', 'function'],
        operations: ['up', true, 1, 'function'],
        bridges: ['function', 'function'],
      });
    },
    COMPILE_TIMEOUT_MS,
  );

  it.each([
    ['the package', MANIFEST.name],
    ['its core entry', `${MANIFEST.name}/core`],
    ['its testing entry', `${MANIFEST.name}/testing`],
  ])('imports and requires the same values from %s', async (_, entry) => {
    const script = `import { createRequire } from 'node:module';
      const imported = await import('${entry}');
      const required = createRequire(process.cwd() + '/main.js')('${entry}');
      console.log(Object.keys(imported).length > 0, Object.keys(imported).every((name) => imported[name] === required[name]));`;
    expect(await consumer.node('--no-warnings', '--input-type=module', '-e', script)).toMatchObject({
      code: 0,
      stdout: 'true true\n',
    });
  });

  it('can read the manifest of the package, and cannot import its internal files', async () => {
    const script = `const resolved = (name) => { try { return import.meta.resolve(name) && 'found'; } catch (error) { return error.code; } };
      console.log(resolved('${MANIFEST.name}/package.json'), resolved('${MANIFEST.name}/dist/esm/index.js'));`;
    const { stdout } = await consumer.node('--input-type=module', '-e', script);
    expect(stdout).toBe('found ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });
});

describe('a project with the packed package and without NestJS', () => {
  let project: PackageConsumer;
  beforeAll(async () => {
    project = await PackageConsumer.create('core-consumer', ['ioredis'], consumer);
  }, INSTALL_TIMEOUT_MS);
  afterAll(() => project?.remove());

  it(
    'compiles and runs with the core entry',
    async () => {
      expect(await project.tool('typescript/bin/tsc', '-p', '.')).toEqual({ code: 0, stdout: '', stderr: '' });
      const { code, stdout, stderr } = await project.node('out/main.js');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        loads: [4, 4],
        loaded: 1,
        refused: 'KEY_INVALID',
        stored: 'zurich',
        allowed: [true, false],
      });
    },
    COMPILE_TIMEOUT_MS,
  );

  it('runs the CommonJS build where Node.js cannot require ES modules', async () => {
    const script = `const { CacheService } = require('${MANIFEST.name}/core');
      const { RedisServer } = require('${MANIFEST.name}/testing');
      const cache = new CacheService('memory://');
      cache.getOrSet('city', async () => 'bern').then(async (city) => {
        console.log(require.resolve('${MANIFEST.name}/core').includes('dist/cjs'), city, typeof RedisServer.start);
        await cache.disconnect();
      });`;
    expect(await project.node('--no-experimental-require-module', '-e', script)).toEqual({
      code: 0,
      stdout: 'true bern function\n',
      stderr: '',
    });
  });

  it('runs the command line with npx', async () => {
    expect(await project.npx(MANIFEST.name, '--version')).toEqual({
      code: 0,
      stdout: `${MANIFEST.version}\n`,
      stderr: '',
    });
    expect(await project.npx(MANIFEST.name, 'doctor')).toMatchObject({ code: 2, stdout: '' });
  });

  it('cannot load the main entry, because the module is part of it', async () => {
    const { code, stderr } = await project.node('-e', `require('${MANIFEST.name}')`);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Cannot find (?:package|module) '(?:@nestjs\/|rxjs)/);
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireCurrentBuild } from './built.package.js';
import { MANIFEST, PackageConsumer } from './package.consumer.js';

const INSTALL_TIMEOUT_MS = 60_000;
const COMPILE_TIMEOUT_MS = 60_000;
const PUBLINT = 'publint/src/cli.js';
const ATTW = '@arethetypeswrong/cli/dist/index.js';
const IN_DIST = /^dist\/(?:[\w-]+\/)*[\w.-]+\.(?:js|js\.map|d\.ts)$/;

let consumer: PackageConsumer;

beforeAll(async () => {
  await requireCurrentBuild();
  consumer = await PackageConsumer.create();
}, INSTALL_TIMEOUT_MS);

afterAll(() => consumer?.remove());

describe('the packed package', () => {
  it('contains exactly the build, its README, its licence and its manifest', () => {
    const outsideDist = consumer.files.filter((file) => !IN_DIST.test(file));
    expect([...outsideDist].sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(consumer.files.filter((file) => /spec|fixture/.test(file))).toEqual([]);
  });

  it('contains types for every code file', () => {
    const code = consumer.files.filter((file) => file.endsWith('.js'));
    expect(code.length).toBeGreaterThan(0);
    expect(code.filter((file) => !consumer.files.includes(file.replace(/js$/, 'd.ts')))).toEqual([]);
  });

  it('passes publint without suggestions', async () => {
    const { code, stdout } = await consumer.tool(PUBLINT, 'run', consumer.tarball, '--strict');
    expect(stdout).toContain('All good!');
    expect(code).toBe(0);
  });

  it(
    'has correct types for importers of every entry',
    async () => {
      const { code, stdout } = await consumer.tool(ATTW, consumer.tarball, '--profile', 'esm-only');
      expect(stdout.match(/^ ?node16 \(from ESM\): 🟢/gm)).toHaveLength(Object.keys(MANIFEST.exports).length);
      expect({ code, stdout }).toMatchObject({ code: 0 });
    },
    COMPILE_TIMEOUT_MS,
  );
});

describe('a project with the packed package', () => {
  it('contains exactly the declared dependencies and the linked peers', () => {
    const { dependencies, peerDependencies, name } = MANIFEST;
    const expected = [name, ...Object.keys(dependencies), ...Object.keys(peerDependencies), '@types'];
    const installed = readdirSync(join(consumer.folder, 'node_modules')).filter((entry) => !entry.startsWith('.'));
    expect(new Set(installed)).toEqual(new Set(expected.map((each) => each.split('/')[0])));
    expect(readdirSync(join(consumer.folder, 'node_modules', name))).not.toContain('node_modules');
  });

  it(
    'compiles against the types of the package and its peers, and runs with injected instances',
    async () => {
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
        bridges: ['function', 'function'],
      });
    },
    COMPILE_TIMEOUT_MS,
  );

  it.each([
    ['the package', MANIFEST.name],
    ['its testing entry', `${MANIFEST.name}/testing`],
  ])('can import and require %s', async (_, entry) => {
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
      console.log(resolved('${MANIFEST.name}/package.json'), resolved('${MANIFEST.name}/dist/index.js'));`;
    const { stdout } = await consumer.node('--input-type=module', '-e', script);
    expect(stdout).toBe('found ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });
});

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { cpSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { before, test } = require('node:test');

const bin = (name) => join(__dirname, 'node_modules', '.bin', name);
const run = (command, ...args) => execFileSync(command, args, { cwd: __dirname, encoding: 'utf8' });

// What NestJS itself requires only if it is installed. The package @nestjs/websockets, an optional peer of
// nestjs-redis-infra, is neither installed nor in this list.
const EXTERNAL = [
  '@nestjs/microservices',
  '@nestjs/microservices/microservices-module',
  '@nestjs/websockets/socket-module',
  'class-transformer',
  'class-transformer/storage',
  'class-validator',
].map((name) => `--external:${name}`);
const ESM_REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

const MISSING = "codec.serializer: 'msgpack' needs the package msgpackr: npm install msgpackr";
let expected;

/** Runs a bundle in a folder without packages. */
function runAlone(folder, file) {
  const alone = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    cpSync(join(__dirname, folder), alone, { recursive: true });
    return JSON.parse(execFileSync(process.execPath, [join(alone, file)], { cwd: alone, encoding: 'utf8' }));
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
}

function runHere(file) {
  return JSON.parse(run(process.execPath, file));
}

before(() => {
  run(bin('tsc'));
  run(bin('tsc'), '-p', 'tsconfig.esm.json');
  expected = require('./dist/app.js').expectedReport('memory');
});

for (const sources of ['dist', 'dist-esm']) {
  for (const [format, file] of [
    ['cjs', 'main.cjs'],
    ['esm', 'main.mjs'],
  ]) {
    test(`a bundle of ${sources} by esbuild in the format ${format} runs without packages`, () => {
      const folder = `out/esbuild-${sources}-${format}`;
      const banner = format === 'esm' ? [`--banner:js=${ESM_REQUIRE}`] : [];
      const options = ['--bundle', '--platform=node', '--target=node20', '--log-level=error', ...EXTERNAL, ...banner];
      run(bin('esbuild'), `${sources}/main.js`, `--format=${format}`, `--outfile=${folder}/${file}`, ...options);
      assert.deepEqual(runAlone(folder, file), { report: expected, msgpack: MISSING });
    });
  }
}

test('a bundle by ncc runs without packages, and finds msgpackr if it is installed', () => {
  run(bin('ncc'), 'build', 'dist/main.js', '-o', 'out/ncc', '--target', 'es2022', '--quiet');
  assert.deepEqual(runAlone('out/ncc', 'index.js'), { report: expected, msgpack: MISSING });
  assert.deepEqual(runHere('out/ncc/index.js'), { report: expected, msgpack: 'bern' });
});

test('a bundle by webpack with all packages runs without packages, and finds msgpackr if it is installed', () => {
  run(bin('nest'), 'build', '--webpack', '--webpackPath', 'webpack.full.config.js');
  assert.deepEqual(runAlone('out/webpack-full', 'main.js'), { report: expected, msgpack: MISSING });
  assert.deepEqual(runHere('out/webpack-full/main.js'), { report: expected, msgpack: 'bern' });
});

test('the bundle of nest build --webpack runs with the installed packages', () => {
  run(bin('nest'), 'build', '--webpack');
  assert.deepEqual(runHere('dist/main.js'), { report: expected, msgpack: 'bern' });
});

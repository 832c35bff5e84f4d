import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const BENCH = new URL('../', import.meta.url);
const BUILT = new URL('libs/redis/dist/esm/index.js', ROOT);
const SOURCES = fileURLToPath(new URL('libs/redis/src', ROOT));

const readJson = (url) => JSON.parse(readFileSync(url, 'utf8'));

function commit() {
  const git = (...words) =>
    execFileSync('git', words, {
      cwd: fileURLToPath(ROOT),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '-uno') ? '+changes' : '');
  } catch {
    return 'unknown';
  }
}

// Our side loads these from the workspace, the peers from bench/: a ratio between two versions has no meaning.
const SHARED = ['ioredis', '@nestjs/common', '@nestjs/core', '@nestjs/platform-fastify'];

function requireSameVersions() {
  const versionIn = (module, name) => createRequire(module)(`${name}/package.json`).version;
  for (const name of SHARED) {
    const ours = versionIn(BUILT, name);
    const theirs = versionIn(import.meta.url, name);
    if (ours !== theirs)
      throw new Error(`${name} is ${ours} in the workspace and ${theirs} in bench/: make them the same`);
  }
}

export function requireBuiltPackage() {
  if (!existsSync(BUILT)) throw new Error('libs/redis/dist is missing: run `npm ci && npm run build` first');
}

/** Figures of an outdated build look like any others, so this is reported. */
export function isBuildOutdated() {
  const builtAt = statSync(BUILT).mtimeMs;
  const sources = readdirSync(SOURCES, { recursive: true }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
  );
  return sources.some((file) => statSync(join(SOURCES, file)).mtimeMs > builtAt);
}

/** Facts that are needed to interpret a figure. */
export function environment(redisVersion) {
  requireSameVersions();
  const peers = Object.keys(readJson(new URL('package.json', BENCH)).dependencies).map(
    (name) => `${name} ${readJson(new URL(`node_modules/${name}/package.json`, BENCH)).version}`,
  );
  const processors = cpus();
  return {
    node: process.version,
    redis: redisVersion,
    cpu: `${processors.length} x ${processors[0]?.model ?? 'unknown'}, load ${loadavg()[0].toFixed(2)}`,
    commit: commit(),
    peers: peers.join(', '),
  };
}

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PACKAGE, ROOT } from './built.package.js';
import { runCommand, type CommandResult } from './run.command.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Tarballs {
  readonly folder: string;
  readonly packed: readonly Packed[];
}

const FIXTURES = join(ROOT, 'test', 'fixtures');
const MODULES = join(ROOT, 'node_modules');
/** On a busy machine a compiler takes longer than a program of a test usually may. */
const PROGRAM_TIMEOUT_MS = 110_000;

export const MANIFEST = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as Manifest;

/** A project outside the workspace with the packed package installed, like a user's project. It needs no network. */
export class PackageConsumer {
  private constructor(
    readonly folder: string,
    private readonly tarballs: Tarballs,
  ) {}

  /**
   * A copy of the project `test/fixtures/<fixture>`, with these peers of the package installed.
   * @param packedBy a project that is not removed before this one. Its tarballs are used again.
   */
  static async create(fixture: string, peers: readonly string[], packedBy?: PackageConsumer): Promise<PackageConsumer> {
    const folder = mkdtempSync(join(tmpdir(), 'package-consumer-'));
    cpSync(join(FIXTURES, fixture), folder, { recursive: true });
    const consumer = new PackageConsumer(folder, packedBy?.tarballs ?? (await pack(folder)));
    await consumer.install(peers);
    return consumer;
  }

  get tarball(): string {
    return join(this.tarballs.folder, this.own.filename);
  }

  /** The names of the dependencies of the package, and of their dependencies. */
  get dependencies(): readonly string[] {
    return this.tarballs.packed.map(({ name }) => name).filter((name) => name !== MANIFEST.name);
  }

  /** The files of the tarball. */
  get files(): readonly string[] {
    return this.own.files.map(({ path }) => path);
  }

  private get own(): Packed {
    return this.tarballs.packed.find(({ name }) => name === MANIFEST.name) as Packed;
  }

  /** Runs a program of the workspace's node_modules in the project. */
  tool(script: string, ...args: readonly string[]): Promise<CommandResult> {
    return this.node(join(MODULES, script), ...args);
  }

  node(...args: readonly string[]): Promise<CommandResult> {
    const env = {
      REDIS_URL: undefined,
      NODE_ENV: undefined,
      NODE_OPTIONS: undefined,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
    };
    return runCommand(process.execPath, args, { cwd: this.folder, env, timeoutMs: PROGRAM_TIMEOUT_MS });
  }

  /** Runs a program of an installed package, as `npx` does. */
  npx(...args: readonly string[]): Promise<CommandResult> {
    return runCommand('npx', args, { cwd: this.folder, env: { REDIS_URL: undefined } });
  }

  /** Replaces a linked peer by another package of the workspace, for example `ioredis` by `ioredis-5.4`. */
  relink(peer: string, name: string): void {
    const link = join(this.folder, 'node_modules', peer);
    rmSync(link);
    symlinkSync(join(MODULES, name), link, 'junction');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Installs the package and its dependencies from tarballs, and links only these peers of the workspace. An import of
   * another package therefore fails.
   */
  private async install(peers: readonly string[]): Promise<void> {
    const tarballs = this.tarballs.packed.map(({ filename }) => join(this.tarballs.folder, filename));
    await npm(['install', ...OFFLINE, '--cache', join(this.folder, '.npm'), ...tarballs], this.folder);
    for (const name of [...peers, '@types/node']) {
      const link = join(this.folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(MODULES, name), link, 'junction');
    }
  }
}

const OFFLINE = ['--offline', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];

/** The folders of the dependencies of the package in a folder, and of their dependencies. */
function dependenciesOf(folder: string): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Manifest>;
  const direct = Object.keys(dependencies).map((name) => installedFolder(name, folder));
  return [...new Set([...direct, ...direct.flatMap(dependenciesOf)])];
}

/** Where Node.js finds a package from a folder. */
function installedFolder(name: string, from: string): string {
  const folder = join(from, 'node_modules', name);
  if (existsSync(folder)) return folder;
  if (from === dirname(from)) throw new Error(`${name} is not installed`);
  return installedFolder(name, dirname(from));
}

/** Packs the package and its dependencies. */
async function pack(folder: string): Promise<Tarballs> {
  const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await npm(['pack', ...options, PACKAGE, ...dependenciesOf(PACKAGE)], folder);
  return { folder, packed: JSON.parse(stdout) as readonly Packed[] };
}

async function npm(args: readonly string[], cwd: string): Promise<CommandResult> {
  const result = await runCommand('npm', ['--loglevel=error', ...args], { cwd });
  if (result.code !== 0)
    throw new Error(`npm ${args[0]} failed with code ${result.code}: ${result.stderr}${result.stdout}`);
  return result;
}

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PACKAGE, ROOT } from './built.package.js';
import { runCommand, type CommandResult } from './run.command.js';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const FIXTURES = join(ROOT, 'test', 'fixtures');
const MODULES = join(ROOT, 'node_modules');

export const MANIFEST = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as Manifest;

/** A project outside the workspace with the packed package installed, like a user's project. It needs no network. */
export class PackageConsumer {
  private constructor(
    readonly folder: string,
    readonly tarball: string,
    /** The files of the tarball. */
    readonly files: readonly string[],
  ) {}

  /** A copy of the project `test/fixtures/<fixture>`, with these peers of the package installed. */
  static async create(fixture: string, peers: readonly string[]): Promise<PackageConsumer> {
    const folder = mkdtempSync(join(tmpdir(), 'package-consumer-'));
    cpSync(join(FIXTURES, fixture), folder, { recursive: true });
    const dependencies = Object.keys(MANIFEST.dependencies).map((name) => join(MODULES, name));
    const packed = await pack([PACKAGE, ...dependencies], folder);
    const own = packed.find(({ name }) => name === MANIFEST.name) as Packed;
    const consumer = new PackageConsumer(
      folder,
      join(folder, own.filename),
      own.files.map(({ path }) => path),
    );
    await consumer.install(packed, peers);
    return consumer;
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
    return runCommand(process.execPath, args, { cwd: this.folder, env });
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
  private async install(packed: readonly Packed[], peers: readonly string[]): Promise<void> {
    const tarballs = packed.map(({ filename }) => join(this.folder, filename));
    await npm(['install', ...OFFLINE, '--cache', join(this.folder, '.npm'), ...tarballs], this.folder);
    for (const name of [...peers, '@types/node']) {
      const link = join(this.folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(MODULES, name), link, 'junction');
    }
  }
}

const OFFLINE = ['--offline', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];

async function pack(folders: readonly string[], into: string): Promise<readonly Packed[]> {
  const { stdout } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', into, ...folders], into);
  return JSON.parse(stdout) as readonly Packed[];
}

async function npm(args: readonly string[], cwd: string): Promise<CommandResult> {
  const result = await runCommand('npm', ['--loglevel=error', ...args], { cwd });
  if (result.code !== 0)
    throw new Error(`npm ${args[0]} failed with code ${result.code}: ${result.stderr}${result.stdout}`);
  return result;
}

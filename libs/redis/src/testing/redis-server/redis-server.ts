import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisBinary } from './redis-binary.js';
import { freePort } from './free-port.js';
import { waitUntilReady } from './wait-until-ready.js';

export interface RedisServerOptions {
  /** The port of the loopback address to listen on. @default a free one */
  readonly port?: number | undefined;
  /** Settings as on the command line, without the dashes: `{ requirepass: 'x', databases: '4' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

const PORT_TRIES = 5;
/** Nothing is written to disk unless a setting asks for it. */
const QUIET = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  loglevel: 'warning',
  daemonize: 'no',
  'repl-diskless-sync-delay': '0',
};

/** A real redis-server of this process, for tests. It is killed with the process at the latest. */
export class RedisServer {
  private child: ChildProcess | undefined;
  private output = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'redis-server-'));

  private constructor(
    readonly port: number,
    private readonly config: Readonly<Record<string, string>>,
  ) {}

  /** Starts one and waits until it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let tries = 1; ; tries++) {
      const server = new RedisServer(options.port ?? (await freePort()), options.config ?? {});
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        if (tries === PORT_TRIES || options.port !== undefined || !server.output.includes('in use')) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it where it was: same port, same settings, and the data it saved, if it saved any. */
  async restart(): Promise<void> {
    await this.kill();
    const settings = { ...QUIET, dir: this.folder, ...this.config, port: String(this.port) };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(findRedisBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let failed: Error | undefined;
    const collect = (chunk: Buffer): void => void (this.output = (this.output + chunk.toString()).slice(-4000));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => (failed = error));
    child.once(
      'exit',
      (code, signal) => (failed ??= new Error(`redis-server ended (${signal ?? code}): ${this.output}`)),
    );
    endWithProcess(child);
    await waitUntilReady(this.port, () => failed);
  }

  /** Ends it without warning, as a crash does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops its process: connections stay open and nothing answers. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  /** Lets a frozen one go on. */
  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}

const running = new Set<ChildProcess>();
let watching = false;

function endWithProcess(child: ChildProcess): void {
  if (!watching) process.once('exit', () => running.forEach((left) => left.kill('SIGKILL')));
  watching = true;
  running.add(child);
  child.once('exit', () => running.delete(child));
}

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CacheOptions, EntryOptions } from '../../src/index.js';
import type { FallbackChoice } from '../../src/service/cache/cache-context.js';
import { eventually } from './eventually.js';

const PROGRAM = fileURLToPath(new URL('./cache-process.mjs', import.meta.url));
const START_MS = 15_000;

/** The concurrent calls of `getOrSet` for one key. */
export interface LoadCalls {
  readonly key: string;
  /** @default 1 */
  readonly calls?: number;
  readonly value?: unknown;
  /** The message of the error of the loader. @default it returns `value` */
  readonly fail?: string;
  /** How long the loader takes in milliseconds. @default 0 */
  readonly ms?: number;
  /** The loader waits for `release`. @default false */
  readonly hold?: boolean;
  readonly options?: EntryOptions;
}

export interface LoadReport {
  /** How many calls had each result: a value, or the code or message of an error. */
  readonly results: Readonly<Record<string, number>>;
  /** The loads of this process during the calls. */
  readonly loads: number;
}

type Message = { readonly id?: number; readonly loading?: string } & {
  readonly result?: unknown;
  readonly error?: string;
};

/** A `CacheService` in another process. */
export class CacheProcess {
  private readonly loading: string[] = [];
  private readonly replies = new Map<number, (message: Message) => void>();
  private isReady = false;
  private requests = 0;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) => this.receive(line));
  }

  static async start(url: string, options: CacheOptions & FallbackChoice = {}): Promise<CacheProcess> {
    const child = spawn(process.execPath, [PROGRAM, url, JSON.stringify(options)]);
    child.stderr.pipe(process.stderr);
    const started = new CacheProcess(child);
    await eventually(() => started.isReady, START_MS);
    return started;
  }

  load(calls: LoadCalls): Promise<LoadReport> {
    this.loading.length = 0;
    return this.request({ operation: 'load', ...calls }) as Promise<LoadReport>;
  }

  /** Resolves when a load of this key has begun in the process since the last call of `load`. */
  begun(key: string): Promise<void> {
    return eventually(() => this.loading.includes(key));
  }

  release(key: string): Promise<unknown> {
    return this.request({ operation: 'release', key });
  }

  /** Calls a method of the cache. Rejects with an error whose message is the code of its error. */
  call(
    method: 'get' | 'set' | 'delete' | 'flush' | 'invalidate' | 'invalidateTags',
    ...args: unknown[]
  ): Promise<unknown> {
    return this.request({ operation: 'call', method, args });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Kills the process, or lets it disconnect and exit. Resolves when it has ended. */
  async end(how: 'killed' | 'disconnected'): Promise<void> {
    const ended = once(this.child, 'close');
    if (how === 'killed') this.kill();
    else this.child.stdin.end();
    await ended;
  }

  private async request(request: object): Promise<unknown> {
    const id = ++this.requests;
    const reply = new Promise<Message>((resolve) => this.replies.set(id, resolve));
    this.child.stdin.write(`${JSON.stringify({ ...request, id })}\n`);
    const { result, error } = await reply;
    if (error !== undefined) throw new Error(error);
    return result;
  }

  private receive(line: string): void {
    const message = JSON.parse(line) as Message;
    if (message.loading !== undefined) this.loading.push(message.loading);
    else if (message.id === undefined) this.isReady = true;
    else this.replies.get(message.id)?.(message);
  }
}

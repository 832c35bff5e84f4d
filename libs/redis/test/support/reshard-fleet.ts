import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { ShardedCache, type ShardedOptions } from '../../src/index.js';
import { startServers } from './sharded.js';
import type { Started } from './started.js';

const PROGRAM = fileURLToPath(new URL('./reshard-process.mjs', import.meta.url));

export type ShardList = readonly { readonly id: string; readonly connection: string }[];

/** Servers, and processes that move keys between them. */
export interface ReshardFleet {
  readonly servers: readonly RedisServer[];
  readonly before: ShardList;
  readonly after: ShardList;
  /** A process that runs here. */
  process(list?: ShardList): ShardedCache;
}

export async function startFleet(
  started: Started,
  [from, to]: readonly [number, number],
  options: ShardedOptions = {},
): Promise<ReshardFleet> {
  const servers = await startServers(started, Math.max(from, to));
  const shards = servers.map(({ url }, at) => ({ id: `s${at}`, connection: url }));
  const before = shards.slice(0, from);
  return {
    servers,
    before,
    after: shards.slice(0, to),
    process(list = before) {
      const cache = new ShardedCache(list, { keyPrefix: 'p:', onShardDown: 'error', ...options });
      started.undo(() => cache.disconnect());
      return cache;
    },
  };
}

/** What a child process has counted. */
export interface ReshardCounts {
  readonly reads: number;
  readonly hits: number;
  readonly loads: number;
  readonly changes: number;
  readonly errors: number;
  readonly violations: readonly unknown[];
}

interface Answer {
  readonly result?: unknown;
  readonly code?: string;
  readonly message?: string;
}

export interface ChildOptions {
  readonly seed: number;
  readonly own: number;
  readonly processes: number;
  readonly shards: ShardList;
  /** How many calls run at the same time. */
  readonly workers: number;
}

/** A process of the fleet that runs as a child, with a CacheService under load. */
export class ReshardProcess {
  private readonly waiting: ((answer: Answer) => void)[] = [];

  private constructor(readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) => this.waiting.shift()?.(JSON.parse(line) as Answer));
  }

  static async start(started: Started, truth: string, options: ChildOptions): Promise<ReshardProcess> {
    const child = spawn(process.execPath, [PROGRAM, truth, JSON.stringify(options)]);
    child.stderr.pipe(process.stderr);
    started.undo(() => child.kill('SIGKILL'));
    const created = new ReshardProcess(child);
    await new Promise<Answer>((resolve) => created.waiting.push(resolve));
    return created;
  }

  /** Resolves with `ok`, or with the message of the error. */
  async reshard(next: ShardList, phase: 1 | 2 | 3): Promise<string> {
    const { message } = await this.request({ reshard: next, phase });
    return message ?? 'ok';
  }

  call(method: string, ...args: readonly unknown[]): Promise<Answer> {
    return this.request({ call: method, args });
  }

  /** What it has counted so far. */
  async counts(): Promise<ReshardCounts> {
    return (await this.request({})).result as ReshardCounts;
  }

  /** Ends the load. */
  async report(): Promise<ReshardCounts> {
    return (await this.request({ report: true })).result as ReshardCounts;
  }

  async kill(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }

  private request(message: unknown): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.waiting.push(resolve));
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
    return answer;
  }
}

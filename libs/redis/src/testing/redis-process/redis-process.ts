import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { configurationText, type Directive } from './directives.js';
import { HARNESS_USER, HARNESS_USER_DIRECTIVE } from './harness-user.js';
import { guardProcess } from './process-guard.js';
import { findRedisBinary } from './redis-binary.js';
import { repeatLost } from './repeat-lost.js';
import { ReplyError, type Reply } from './reply.js';
import { sendCommands, type CommandWords } from './send-commands.js';
import { until } from './until.js';

/** `stopped` includes a process that was never started. */
export type ProcessState = 'running' | 'frozen' | 'stopped';

export interface RedisProcessPlan {
  /** A port of 127.0.0.1, for clients. */
  readonly port: number;
  /** The folder for the files of the process. `stop()` removes it. */
  readonly folder: string;
  readonly directives: readonly Directive[];
  readonly role?: 'server' | 'sentinel' | undefined;
  /** TLS options for connecting to it; undefined means no TLS. */
  readonly tls?: ConnectionOptions | undefined;
}

const MAX_OUTPUT_CHARACTERS = 4000;

/** A process of Redis or Valkey, server or Sentinel, on 127.0.0.1. It never outlives the process that started it. */
export class RedisProcess {
  private child: ChildProcess | undefined;
  private frozen = false;
  private output = '';
  private readonly configuration: string;

  /** @internal */
  constructor(private readonly plan: RedisProcessPlan) {
    this.configuration = join(plan.folder, 'redis.conf');
    const own: Directive[] = [['dir', plan.folder], HARNESS_USER_DIRECTIVE];
    writeFileSync(this.configuration, configurationText([...own, ...plan.directives]), { mode: 0o600 });
  }

  /** The port on 127.0.0.1. */
  get port(): number {
    return this.plan.port;
  }

  /** The process id; undefined while the process is stopped. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Whether the process runs, is frozen or is stopped. */
  get state(): ProcessState {
    if (this.child === undefined) return 'stopped';
    return this.frozen ? 'frozen' : 'running';
  }

  /** The last 4000 characters of the output of the process. */
  get log(): string {
    return this.output;
  }

  /** Starts the process again, killing it first if it runs: same port, same settings, and the saved data, if any. */
  async restart(): Promise<void> {
    await this.kill();
    const sentinel = this.plan.role === 'sentinel' ? ['--sentinel'] : [];
    const child = spawn(findRedisBinary(), [this.configuration, ...sentinel], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in a terminal reaches a whole process group: clients would see an outage before they are closed.
      detached: true,
    });
    let failed: Error | undefined;
    child.once('error', (error) => (failed = error));
    child.once('exit', (code, signal) => {
      failed ??= new Error(`redis-server ended (${signal ?? code}): ${this.output}`);
      if (this.child === child) this.child = undefined;
    });
    const collect = (chunk: Buffer): void =>
      void (this.output = (this.output + chunk.toString()).slice(-MAX_OUTPUT_CHARACTERS));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    this.frozen = false;
    if (child.pid !== undefined) {
      this.child = child;
      guardProcess(child);
    }
    await until(`redis-server is ready on port ${this.port}`, () => this.isReady(), { giveUp: () => failed });
  }

  /** Ends the process without warning, as a crash does: by SIGKILL. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends the process gracefully: by SIGTERM. It saves first if `save` is set, and waits for its replicas. */
  async shutdown(): Promise<void> {
    this.thaw();
    await this.end('SIGTERM');
  }

  /** Suspends the process by SIGSTOP: connections stay open, the kernel accepts more of them, and nothing answers. */
  freeze(): void {
    if (this.child?.kill('SIGSTOP') === true) this.frozen = true;
  }

  /** Resumes a frozen process. */
  thaw(): void {
    this.child?.kill('SIGCONT');
    this.frozen = false;
  }

  /** Ends the process permanently and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.plan.folder, { recursive: true, force: true });
  }

  /**
   * Runs one command with all permissions, over a new connection: `await server.command('CONFIG', 'SET', 'maxmemory',
   * '1mb')`.
   * @throws ReplyError with the server's message when the reply is an error.
   * @throws Error when the server does not reply within 2 s, or closes the connection, as it does when Sentinels promote
   * it. The command may have run then: it is not repeated.
   */
  async command(...words: CommandWords): Promise<Reply> {
    return (await this.commands([words]))[0] ?? null;
  }

  /**
   * Runs several commands in order, as `command` does. The first error among the replies is thrown after all have run.
   */
  commands(commands: readonly CommandWords[]): Promise<readonly Reply[]> {
    return this.send(commands, false);
  }

  /** @internal Like `command`, for one that changes nothing: it is repeated if the server closes the connection. */
  async query(...words: CommandWords): Promise<Reply> {
    return (await this.send([words], true))[0] ?? null;
  }

  private async send(commands: readonly CommandWords[], isQuery: boolean): Promise<readonly Reply[]> {
    const signIn = ['AUTH', HARNESS_USER.name, HARNESS_USER.password];
    const replies = await repeatLost(() => sendCommands(this.plan, [signIn, ...commands]), isQuery);
    const error = replies.find((reply) => reply instanceof ReplyError);
    if (error !== undefined) throw error;
    return replies.slice(1);
  }

  private async isReady(): Promise<boolean> {
    return !/^loading:1/m.test(String(await this.query('INFO')));
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.ref();
    child.kill(signal);
    await exited;
    this.child = undefined;
  }
}

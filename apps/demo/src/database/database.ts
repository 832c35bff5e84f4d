import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
  ServiceUnavailableException,
} from '@nestjs/common';
import { StartError } from '../start.error.js';
import { lockDataDirectory } from './data-directory.lock.js';
import type { DatabaseReply, DatabaseRequest, DatabaseThreadData } from './database.messages.js';
import { DATABASE_OPTIONS, type DatabaseOptions } from './database.options.js';

const CLOSE_MS = 2_000;

interface PendingQuery {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** The embedded Postgres of the demo, on its own thread. Queries run one after the other. */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Database.name);
  private thread: Worker | undefined;
  private closing = false;
  private unlock: (() => void) | undefined;
  private readonly pending = new Map<number, PendingQuery>();
  private lastId = 0;
  private rowCount = 0;

  constructor(@Inject(DATABASE_OPTIONS) private readonly options: DatabaseOptions) {}

  /** The number of cities. */
  get cities(): number {
    return this.rowCount;
  }

  /** Opens the database. The first start loads the cities. @throws StartError when the database cannot be opened */
  async onModuleInit(): Promise<void> {
    const { directory } = this.options;
    this.unlock = lockDataDirectory(directory);
    const workerData: DatabaseThreadData = { directory };
    const thread = new Worker(new URL('./database.worker.js', import.meta.url), { workerData });
    this.thread = thread;
    await new Promise<void>((resolve, reject) => {
      const refuse = (reason: string): void =>
        reject(new StartError(`The database in ${directory} cannot be opened: ${reason}.`));
      thread.on('message', (reply: DatabaseReply) => {
        if (reply.kind === 'ready') resolve();
        if (reply.kind === 'unusable') refuse(reply.reason);
        this.receive(reply);
      });
      thread.on('error', (error) => refuse(error.message));
      thread.on('exit', () => {
        this.stopped();
        if (!this.closing) refuse('its thread has ended');
      });
    });
  }

  /** The rows of a query. @throws ServiceUnavailableException when the database has stopped */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { thread } = this;
    if (thread === undefined) throw new ServiceUnavailableException('The database has stopped');
    const id = ++this.lastId;
    const rows = await new Promise<readonly unknown[]>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      send(thread, { kind: 'query', id, sql, parameters });
    });
    return rows as Row[];
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    const { thread } = this;
    if (thread !== undefined) {
      if (this.rowCount > 0) await this.closed(thread);
      await thread.terminate();
    }
    this.unlock?.();
  }

  private async closed(thread: Worker): Promise<void> {
    const exited = once(thread, 'exit');
    send(thread, { kind: 'close' });
    await Promise.race([exited, delay(CLOSE_MS, undefined, { ref: false })]);
  }

  private receive(reply: DatabaseReply): void {
    if (reply.kind === 'progress') console.log(reply.text);
    if (reply.kind === 'ready') this.rowCount = reply.cities;
    if (reply.kind !== 'rows' && reply.kind !== 'failed') return;
    const query = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (reply.kind === 'rows') query?.resolve(reply.rows);
    else query?.reject(new Error(`The query failed: ${reply.reason}`));
  }

  private stopped(): void {
    this.thread = undefined;
    if (!this.closing && this.rowCount > 0) this.logger.error('The database has stopped; restart the application.');
    for (const { reject } of this.pending.values()) reject(new ServiceUnavailableException('The database has stopped'));
    this.pending.clear();
  }
}

function send(thread: Worker, request: DatabaseRequest): void {
  thread.postMessage(request);
}

import { createHash, randomUUID } from 'node:crypto';
import type { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemCodeOf } from '../../../adapters/errors/connecting-failures.js';
import { outsideRequests } from '../../../common/async-context.js';
import { processStartedMs } from '../../../common/clock.js';
import { optionInvalid } from '../../../common/options.js';
import type { Environment } from '../../../common/time/environment.js';

/** The operations of `node:fs/promises` that a lock uses. */
export interface LockFileSystem {
  readonly link: typeof link;
  readonly readFile: typeof readFile;
  readonly rename: typeof rename;
  readonly rm: typeof rm;
  readonly stat: typeof stat;
  readonly utimes: typeof utimes;
  readonly writeFile: typeof writeFile;
}

/** Identifies a process. A container may give the same id to each of its processes, so the start counts too. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in milliseconds since 1970. */
  readonly startedMs: number;
}

/** What a lock is made of. */
export interface LockParts {
  readonly path: string;
  /** The path of the option that names the file, for errors. */
  readonly option: string;
  readonly environment: Pick<Environment, 'clock' | 'timers'>;
  readonly fileSystem: LockFileSystem;
  /** @default this process */
  readonly owner?: LockOwner | undefined;
}

/** A running process refreshes its lock this often. */
const REFRESH_MS = 10_000;
/** A lock that was not refreshed for this long is stale: its process is gone, on whichever host it ran. */
const STALE_MS = 60_000;
/** Enough to name one lock among those of a file. */
const CLAIM_DIGITS = 16;
/** How many stale locks are removed in one attempt, while other processes do the same. */
const MAX_ATTEMPTS = 5;

/**
 * Lets one process at a time use a file. The lock is a file with the identity of its process. It is stale, and taken
 * over, if that process has ended. On another host this shows only by its age.
 */
export class JournalLock {
  private readonly owner: LockOwner;
  private readonly text: string;
  private cancelRefresh: (() => void) | undefined;

  constructor(private readonly parts: LockParts) {
    this.owner = parts.owner ?? ownProcess();
    this.text = JSON.stringify({ ...this.owner, token: randomUUID() });
  }

  /** False once another process has taken over the lock, because it was not refreshed in time. */
  get isHeld(): boolean {
    return this.cancelRefresh !== undefined;
  }

  /** @throws RedisInfraError OPTION_INVALID if another process holds the lock */
  async acquire(): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (await this.create()) return this.refreshLater();
      const found = await this.read();
      if (found === undefined) continue;
      if (!this.isStale(found)) throw inUse(this.parts.option, ownerIn(found.text));
      await this.removeStale(found.text);
    }
    throw inUse(this.parts.option, undefined);
  }

  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.stopRefresh();
    const found = await this.read();
    if (found?.text === this.text) await this.parts.fileSystem.rm(this.parts.path, { force: true });
  }

  /** False if the file exists. */
  private async create(path = this.parts.path): Promise<boolean> {
    try {
      await this.parts.fileSystem.writeFile(path, this.text, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (systemCodeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Undefined if there is no such file. */
  private async read(path = this.parts.path): Promise<FoundLock | undefined> {
    const { fileSystem } = this.parts;
    try {
      const { mtimeMs } = await fileSystem.stat(path);
      return { text: await fileSystem.readFile(path, 'utf8'), refreshedMs: mtimeMs };
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  private isOld({ refreshedMs }: FoundLock): boolean {
    return this.parts.environment.clock.wallMs() - refreshedMs > STALE_MS;
  }

  private isStale(found: FoundLock): boolean {
    if (this.isOld(found)) return true;
    const owner = ownerIn(found.text);
    // Without an owner, its process has not written it yet.
    if (owner === undefined || owner.host !== this.owner.host) return false;
    if (owner.pid !== this.owner.pid) return !isRunning(owner.pid);
    return owner.startedMs !== this.owner.startedMs;
  }

  /**
   * Only the process that has created the claim of this very lock may remove it: another one may have found it stale too,
   * and remove the lock that has replaced it.
   */
  private async removeStale(text: string): Promise<void> {
    const { path, fileSystem } = this.parts;
    const claim = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, CLAIM_DIGITS)}`;
    if (!(await this.create(claim))) return this.removeStaleClaim(claim);
    try {
      if ((await this.read())?.text === text) await this.removeClaimed(text);
    } finally {
      await fileSystem.rm(claim, { force: true });
    }
  }

  /** The process that created it has ended. */
  private async removeStaleClaim(claim: string): Promise<void> {
    const found = await this.read(claim);
    if (found !== undefined && this.isOld(found)) await this.parts.fileSystem.rm(claim, { force: true });
  }

  /** The owner of the lock may be alive, and have replaced it meanwhile. Then puts that one back. */
  private async removeClaimed(text: string): Promise<void> {
    const { path, fileSystem } = this.parts;
    const moved = `${path}.${randomUUID()}`;
    try {
      await fileSystem.rename(path, moved);
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return;
      throw error;
    }
    if ((await fileSystem.readFile(moved, 'utf8')) !== text) await fileSystem.link(moved, path).catch(() => {});
    await fileSystem.rm(moved, { force: true });
  }

  private refreshLater(): void {
    const { timers } = this.parts.environment;
    this.cancelRefresh = outsideRequests(() =>
      timers.afterInBackground(REFRESH_MS, () => {
        void this.refresh().then((isOurs) => {
          if (this.isHeld && isOurs) this.refreshLater();
          else this.stopRefresh();
        });
      }),
    );
  }

  /** False if the lock is another one. A lock that a clean-up has removed is created again. */
  private async refresh(): Promise<boolean> {
    const { path, fileSystem, environment } = this.parts;
    try {
      const found = await this.read();
      if (found === undefined) return await this.create();
      if (found.text !== this.text) return false;
      const now = new Date(environment.clock.wallMs());
      await fileSystem.utimes(path, now, now);
      return true;
    } catch {
      // The disk may work again at the next refresh.
      return true;
    }
  }

  private stopRefresh(): void {
    this.cancelRefresh?.();
    this.cancelRefresh = undefined;
  }
}

interface FoundLock {
  readonly text: string;
  /** When its process refreshed it, in milliseconds since 1970. */
  readonly refreshedMs: number;
}

function ownProcess(): LockOwner {
  return { pid: process.pid, host: hostname(), startedMs: processStartedMs };
}

function ownerIn(text: string): LockOwner | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    const { pid, host, startedMs }: Readonly<Record<string, unknown>> = { ...json };
    const isOwner = typeof pid === 'number' && typeof host === 'string' && typeof startedMs === 'number';
    return isOwner ? { pid, host, startedMs } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and belongs to another user.
    return systemCodeOf(error) === 'EPERM';
  }
}

function inUse(option: string, owner: LockOwner | undefined): Error {
  const by = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return optionInvalid(option, `is in use by ${by}: give each process its own file`);
}

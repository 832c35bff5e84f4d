import type { FileHandle, open } from 'node:fs/promises';
import * as promises from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../../adapters/errors/connecting-failures.js';
import { outsideRequests } from '../../../common/async-context.js';
import { optionInvalid } from '../../../common/options.js';
import type { Environment } from '../../../common/time/environment.js';
import type { JournalChange } from './journal-change.js';
import { decodeChanges, encodeChanges, FORMAT_VERSION, HEADER, versionOf } from './journal-format.js';
import { JournalLock, type LockFileSystem, type LockOwner } from './journal-lock.js';
import type { JournalStorage } from './journal-storage.js';

/** The operations of `node:fs/promises` that a journal file uses. */
export interface JournalFileSystem extends LockFileSystem {
  readonly open: typeof open;
}

/** What a journal file is made of. */
export interface JournalFileParts {
  /** The path of the file. Its folder exists. `<path>.lock` and `<path>.tmp` are used too. */
  readonly path: string;
  /** The path of the option that names the file, for errors. */
  readonly option: string;
  readonly environment: Pick<Environment, 'clock' | 'timers'>;
  /** @default `node:fs/promises` */
  readonly fileSystem?: JournalFileSystem | undefined;
  /** The process that locks the file. @default this process */
  readonly owner?: LockOwner | undefined;
}

/** Only the user of the process may read the file, because it contains keys. */
const MODE = 0o600;
const OTHERS = 0o077;
/** What was written longer ago survives a loss of power. */
const SYNC_MS = 1000;
/** How many changes are encoded at a time, so that the event loop is not blocked. */
const SLICE = 1000;
const WRONG_PATH: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'EISDIR'];

/**
 * Keeps a journal in a file to which changes are appended. What was appended survives the end of the process, and one
 * second later a loss of power. One process at a time may use a file. Errors of the file system reject unchanged.
 * @see docs/decisions/0044-invalidation-journal.md
 */
export class JournalFile implements JournalStorage {
  damagedSections = 0;
  private readonly fileSystem: JournalFileSystem;
  private readonly lock: JournalLock;
  private handle: FileHandle | undefined;
  private cancelSync: (() => void) | undefined;
  private syncing: Promise<void> = Promise.resolve();
  /** What was written before this failure may be lost although the writes succeeded. */
  private syncFailure: Error | undefined;

  constructor(private readonly parts: JournalFileParts) {
    this.fileSystem = parts.fileSystem ?? promises;
    this.lock = new JournalLock({ ...parts, path: `${parts.path}.lock`, fileSystem: this.fileSystem });
  }

  async open(): Promise<readonly JournalChange[]> {
    const { option } = this.parts;
    try {
      await this.lock.acquire();
      return await this.read();
    } catch (error) {
      await this.close().catch(() => {});
      if (!WRONG_PATH.includes(systemCodeOf(error))) throw error;
      throw optionInvalid(option, 'must be the path of a file in an existing folder');
    }
  }

  async append(changes: readonly JournalChange[]): Promise<void> {
    this.requireLock();
    if (this.syncFailure !== undefined) throw this.syncFailure;
    if (this.handle === undefined) throw new Error('the journal file is not open');
    await this.handle.appendFile(encodeChanges(changes));
    this.syncLater(this.handle);
  }

  async replace(changes: readonly JournalChange[]): Promise<void> {
    this.requireLock();
    if (changes.length === 0 && this.handle !== undefined) await this.handle.truncate(HEADER.length);
    else await this.replaceFile(changes);
    this.syncFailure = undefined;
  }

  async close(): Promise<void> {
    try {
      await this.closeHandle();
    } finally {
      await this.lock.release();
    }
  }

  private async read(): Promise<readonly JournalChange[]> {
    const { path, option } = this.parts;
    const bytes = await this.readFile();
    const version = bytes === undefined ? 0 : versionOf(bytes);
    if (version === undefined) throw optionInvalid(option, 'is the path of a file that is not a journal');
    if (bytes === undefined || version === 0) {
      await this.replaceFile([]);
      return [];
    }
    if (version !== FORMAT_VERSION) {
      throw optionInvalid(option, `has format ${version}, and this version of the package reads ${FORMAT_VERSION}`);
    }
    const { changes, damagedSections, readableBytes } = decodeChanges(bytes);
    this.damagedSections = damagedSections;
    this.handle = await this.fileSystem.open(path, 'a', MODE);
    if (((await this.handle.stat()).mode & OTHERS) !== 0) await this.handle.chmod(MODE);
    if (readableBytes < bytes.length) await this.handle.truncate(readableBytes);
    return changes;
  }

  private async readFile(): Promise<Buffer | undefined> {
    try {
      return await this.fileSystem.readFile(this.parts.path);
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Writes another file and gives it the name of this one: a crash leaves one of the two. */
  private async replaceFile(changes: readonly JournalChange[]): Promise<void> {
    const { path } = this.parts;
    const temporary = `${path}.tmp`;
    try {
      await this.writeTemporary(temporary, changes);
      await this.closeHandle();
      await this.fileSystem.rename(temporary, path);
    } catch (error) {
      await this.fileSystem.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    this.handle = await this.fileSystem.open(path, 'a', MODE);
    await this.syncFolder();
  }

  private async writeTemporary(path: string, changes: readonly JournalChange[]): Promise<void> {
    await this.fileSystem.rm(path, { force: true });
    const handle = await this.fileSystem.open(path, 'wx', MODE);
    try {
      await handle.appendFile(HEADER);
      for (let at = 0; at < changes.length; at += SLICE) {
        await handle.appendFile(encodeChanges(changes.slice(at, at + SLICE)));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Makes the new name survive a loss of power. Not every system can open a folder. */
  private async syncFolder(): Promise<void> {
    const folder = await this.fileSystem.open(dirname(this.parts.path), 'r').catch(() => undefined);
    await folder?.sync().catch(() => {});
    await folder?.close();
  }

  private syncLater(handle: FileHandle): void {
    if (this.cancelSync !== undefined) return;
    this.cancelSync = outsideRequests(() =>
      this.parts.environment.timers.afterInBackground(SYNC_MS, () => {
        this.cancelSync = undefined;
        this.syncing = handle.datasync().catch((error: unknown) => {
          this.syncFailure = new Error('the journal file could not be synchronised', { cause: error });
        });
      }),
    );
  }

  private async closeHandle(): Promise<void> {
    const { handle, cancelSync } = this;
    this.handle = undefined;
    this.cancelSync = undefined;
    cancelSync?.();
    await this.syncing;
    if (handle === undefined) return;
    try {
      if (cancelSync !== undefined) await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  private requireLock(): void {
    if (!this.lock.isHeld) throw new Error('another process has taken over the journal file');
  }
}

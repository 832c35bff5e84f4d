import type { FileHandle } from 'node:fs/promises';
import * as promises from 'node:fs/promises';
import type { JournalFileSystem } from '../../src/service/fallback/journal/journal-file.js';

/** The error of a full disk. */
export function diskFull(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

/** The file system, of which each operation may fail. Operations on an open file are named `file.<method>`. */
export class FaultyFiles {
  /** The operations so far, failed ones included. */
  readonly steps: string[] = [];
  /** Returns the error of an operation, which then has no effect; a write has stored half of its bytes. */
  failure: (step: string) => Error | undefined = () => undefined;

  readonly fileSystem: JournalFileSystem = {
    link: (...args) => this.run('link', () => promises.link(...args)),
    readFile: ((...args: Parameters<typeof promises.readFile>) =>
      this.run('readFile', () => promises.readFile(...args))) as typeof promises.readFile,
    rename: (...args) => this.run('rename', () => promises.rename(...args)),
    rm: (...args) => this.run('rm', () => promises.rm(...args)),
    stat: ((...args: Parameters<typeof promises.stat>) =>
      this.run('stat', () => promises.stat(...args))) as typeof promises.stat,
    utimes: (...args) => this.run('utimes', () => promises.utimes(...args)),
    writeFile: (...args) => this.run('writeFile', () => promises.writeFile(...args)),
    open: (...args) => this.run('open', async () => this.wrap(await promises.open(...args))),
  };

  /** From the given operation on, counted from 1, everything fails: like the end of the process. */
  crashAt(step: number): void {
    this.failure = () => (this.steps.length >= step ? new Error('crashed') : undefined);
  }

  private async run<T>(step: string, operation: () => Promise<T>): Promise<T> {
    this.steps.push(step);
    const error = this.failure(step);
    if (error !== undefined) throw error;
    return operation();
  }

  private wrap(handle: FileHandle): FileHandle {
    return new Proxy(handle, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          const step = `file.${String(name)}`;
          try {
            return await this.run(step, () => Promise.resolve(Reflect.apply(member, target, args)));
          } catch (error) {
            const [bytes] = args;
            if (name === 'appendFile' && Buffer.isBuffer(bytes)) {
              await target.appendFile(bytes.subarray(0, bytes.length / 2)).catch(() => {});
            }
            if (name === 'close') await target.close().catch(() => {});
            throw error;
          }
        };
      },
    });
  }
}

import type { VirtualProcess } from '../../cache-engine/simulation/virtual-process.js';
import type { JournalChange } from '../../../src/service/fallback/journal/journal-change.js';
import type { JournalStorage } from '../../../src/service/fallback/journal/journal-storage.js';

const WRITES_MS = [0, 0, 1, 5, 30] as const;

/**
 * The file of the journal of one place in the fleet. A write takes time; if the process is killed meanwhile, a part of
 * it is on the disk.
 */
export class ModelDisk {
  private changes: JournalChange[] = [];
  /** Writes that have not ended. */
  private readonly unfinished = new Set<readonly JournalChange[]>();

  /** The file, for a process that is started. */
  openedBy(process: VirtualProcess): JournalStorage {
    const { scheduler } = process;
    const written = (work: () => void): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          work();
          resolve();
        };
        scheduler.after(scheduler.random.pick(WRITES_MS), done, { process });
      });
    return {
      open: async () => [...this.changes],
      append: (changes) => {
        this.unfinished.add(changes);
        return written(() => {
          this.unfinished.delete(changes);
          this.changes.push(...changes);
        });
      },
      replace: (changes) => {
        const all = [...changes];
        return written(() => (this.changes = all));
      },
      close: async () => undefined,
    };
  }

  /** The process was killed: of what it was writing a part was written. */
  tear(partOf: (length: number) => number): void {
    for (const changes of this.unfinished) this.changes.push(...changes.slice(0, partOf(changes.length + 1)));
    this.unfinished.clear();
  }
}

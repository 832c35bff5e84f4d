import { isRecord } from '../../../common/records.js';
import type { ScriptHost } from '../../../domain/cache-store.js';
import { cleanupKey } from '../../../domain/models/internal-keys.js';
import { SAVE_PROGRESS } from '../script/cleanup.scripts.js';

/** Where a cleanup is. */
export interface Progress {
  /** What the run looks for: a run with other options starts again. */
  readonly work: string;
  /** The fencing number of the run that began it: about the server time in milliseconds. */
  readonly beganAt: number;
  readonly isFinished: boolean;
  /** The nodes that are scanned. */
  readonly done: readonly string[];
  /** The node that is being scanned, and the cursor of its next step. */
  readonly node: string | undefined;
  readonly cursor: string | undefined;
}

/** Longer than the interval of any sensible schedule. */
const TTL_MS = 40 * 24 * 60 * 60 * 1000;

/** Keeps the progress in the store, so that the next run continues, in any process. */
export class StoredProgress {
  private readonly key: string;

  constructor(
    private readonly scripts: ScriptHost,
    isDry: boolean,
    private readonly fence: number,
  ) {
    this.key = cleanupKey(isDry ? 'dry' : 'real');
  }

  async load(): Promise<Progress | undefined> {
    return parse(await this.scripts.run(SAVE_PROGRESS, [this.key], [this.fence, '', TTL_MS]));
  }

  /** False if a later holder of the lock has written its own. */
  async save(progress: Progress): Promise<boolean> {
    const text = JSON.stringify(progress);
    return (await this.scripts.run(SAVE_PROGRESS, [this.key], [this.fence, text, TTL_MS])) === text;
  }
}

/** Undefined if the text is no progress, for example of another version. */
function parse(text: string): Progress | undefined {
  if (text === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isRecord(parsed)) return undefined;
    const { work, beganAt, isFinished, done, node, cursor } = parsed;
    if (typeof work !== 'string' || typeof beganAt !== 'number' || !Array.isArray(done)) return undefined;
    return {
      work,
      beganAt,
      isFinished: isFinished === true,
      done: done.map(String),
      node: typeof node === 'string' ? node : undefined,
      cursor: typeof cursor === 'string' ? cursor : undefined,
    };
  } catch {
    return undefined;
  }
}

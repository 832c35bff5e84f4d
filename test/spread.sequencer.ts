import { basename } from 'node:path';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** The files that run programs one after another for a minute or more, the longest first. */
const LONG_FILES = ['readme-snippets.spec.ts', 'demo.spec.ts', 'package-consumer.spec.ts', 'architecture.spec.ts'];

/**
 * Spreads the long files over the run: they use the processor while the files around them wait for servers, and none of
 * them is the last. The files of a project stay together otherwise, because a worker keeps its modules only if its next
 * file belongs to the same project.
 */
export class SpreadSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = LONG_FILES.flatMap((name) => sorted.filter(({ moduleId }) => basename(moduleId) === name));
    const others = sorted.filter((file) => !long.includes(file));
    const distance = Math.ceil(others.length / Math.max(1, long.length));
    return long.length === 0
      ? others
      : long.flatMap((file, i) => [file, ...others.slice(i * distance, (i + 1) * distance)]);
  }
}

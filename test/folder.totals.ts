import type { TestModule } from 'vitest/node';

interface FolderLine {
  tests: number;
  failed: number;
  ms: number;
}

/** Adds up test files by folder. */
export class FolderTotals {
  /** Errors outside of any test. */
  unhandled = 0;
  passed = 0;
  skipped = 0;
  private readonly folders = new Map<string, FolderLine>();

  add(folder: string, module: TestModule): void {
    const line = this.folders.get(folder) ?? { tests: 0, failed: 0, ms: 0 };
    this.folders.set(folder, line);
    const { duration, collectDuration, setupDuration } = module.diagnostic();
    line.ms += duration + collectDuration + setupDuration;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') this.passed++;
      else if (state === 'failed') line.failed++;
      else this.skipped++;
      if (state !== 'skipped') line.tests++;
    }
    // A file that cannot be loaded, or a hook that throws, fails without a failed test.
    line.failed += module.errors().length;
    for (const suite of module.children.allSuites()) line.failed += suite.errors().length;
  }

  get failed(): number {
    return [...this.folders.values()].reduce((sum, { failed }) => sum + failed, this.unhandled);
  }

  /** One line per folder: its tests, and the time of its files, including loading. */
  lines(): string[] {
    const width = Math.max(0, ...[...this.folders.keys()].map((folder) => folder.length));
    return [...this.folders]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([folder, { tests, failed, ms }]) => {
        const count = `${tests} ${tests === 1 ? 'test ' : 'tests'}`.padStart(10);
        const time = `${(ms / 1000).toFixed(1)} s`.padStart(8);
        return `${folder.padEnd(width)} ${count} ${time}${failed > 0 ? `  ${failed} failed` : ''}`;
      });
  }

  /** `N passed, M failed`, and the number of skipped tests if it is not 0. */
  summary(): string {
    return `${this.passed} passed, ${this.failed} failed${this.skipped > 0 ? `, ${this.skipped} skipped` : ''}`;
  }
}

import { dirname } from 'node:path';
import type { SerializedError } from 'vitest';
import {
  MinimalReporter,
  type TestModule,
  type TestRunEndReason,
  type TestSpecification,
  type Vitest,
} from 'vitest/node';
import { FolderTotals } from './folder.totals.js';
import { ProgressLine } from './progress.line.js';

/**
 * Prints progress and failures as they happen, failures in full at the end, then a line per folder, then
 * `N passed, M failed` alone on the last line.
 */
export class FolderReporter extends MinimalReporter {
  private totals = new FolderTotals();
  private readonly progress = new ProgressLine({
    isTerminal: process.stderr.isTTY,
    write: (text) => process.stderr.write(text),
  });

  /** Prints no banner, because it contains the path of the workspace. */
  override onInit(ctx: Vitest): void {
    this.ctx = ctx;
    this.silent ??= ctx.config.silent;
  }

  override onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.progress.start(specifications.length);
    super.onTestRunStart(specifications);
  }

  onTestModuleStart(module: TestModule): void {
    this.progress.fileStarted(this.relative(module.moduleId));
  }

  override onTestModuleEnd(module: TestModule): void {
    super.onTestModuleEnd(module);
    this.progress.fileEnded(this.relative(module.moduleId), failuresOf(module));
  }

  override onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    this.progress.end();
    this.totals = new FolderTotals();
    for (const module of modules) this.totals.add(dirname(this.relative(module.moduleId)), module);
    this.totals.unhandled = errors.length;
    super.onTestRunEnd(modules, errors, reason);
    // A filter that matches no test must not look like success.
    if (this.totals.passed + this.totals.failed > 0) return;
    this.error('No test ran.');
    process.exitCode = 1;
  }

  override reportTestSummary(): void {
    this.log();
    for (const line of this.totals.lines()) this.log(line);
    this.log();
    this.log(this.totals.summary());
  }
}

function failuresOf(module: TestModule): number {
  const failedTests = [...module.children.allTests()].filter((test) => test.result().state === 'failed');
  return failedTests.length + module.errors().length;
}

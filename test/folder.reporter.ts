import { dirname } from 'node:path';
import type { SerializedError } from 'vitest';
import { MinimalReporter, type TestModule, type TestRunEndReason, type Vitest } from 'vitest/node';
import { FolderTotals } from './folder.totals.js';

/** Prints failures as they happen and in full at the end, then a line per folder, then `N passed, M failed` alone on the last line. */
export class FolderReporter extends MinimalReporter {
  private totals = new FolderTotals();

  /** Without the banner, which shows where on this machine the workspace lies. */
  override onInit(ctx: Vitest): void {
    this.ctx = ctx;
    this.silent ??= ctx.config.silent;
  }

  override onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
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

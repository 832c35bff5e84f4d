import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** One finding. The rule has the name that the configuration uses. */
export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly help: string | undefined;
}

interface Report {
  readonly diagnostics: readonly { readonly code?: string; readonly help?: string; readonly filename: string }[];
}

export interface LintResult {
  readonly findings: readonly Finding[];
  readonly exitCode: number | null;
}

/** Runs the project's oxlint in a folder with the folder's configuration. @param paths the paths to lint; all by default */
export function lint(folder: string, paths: readonly string[] = []): LintResult {
  const binary = join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const args = [binary, '-c', '.oxlintrc.json', '--deny-warnings', '--format', 'json', ...paths];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (!stdout.startsWith('{')) throw new Error(`oxlint printed no report: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as Report;
  return {
    findings: diagnostics.map(({ code, help, filename }) => ({ file: filename, rule: ruleOf(code), help })),
    exitCode: status,
  };
}

/** Maps `eslint(no-console)` to `no-console` and `import(no-cycle)` to `import/no-cycle`. */
function ruleOf(code = ''): string {
  const [, plugin = '', rule = code] = /^([\w-]+)\((.+)\)$/.exec(code) ?? [];
  return plugin === 'eslint' ? rule : `${plugin}/${rule}`;
}

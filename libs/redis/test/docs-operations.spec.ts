import { describe, expect, test } from 'vitest';
import { CLEANUP_DEFAULTS, CLEANUP_OPTIONS } from '../src/service/cleanup/cleanup-options.js';
import { LOCK_DEFAULTS, LOCK_OPTIONS } from '../src/service/lock/fleet-lock.options.js';
import { codeOf, sectionOf, tablesOf } from './docs/markdown.js';
import { read } from './docs/workspace.js';

interface Documented {
  readonly page: string;
  readonly title: string;
  readonly names: readonly string[];
  readonly defaults: Readonly<Record<string, unknown>>;
}

const DOCUMENTED: readonly Documented[] = [
  { page: 'lock', title: 'Options of FleetLock', names: LOCK_OPTIONS, defaults: LOCK_DEFAULTS },
  { page: 'cleanup', title: 'Options of the cleanup', names: CLEANUP_OPTIONS, defaults: CLEANUP_DEFAULTS },
];

/** A default as the reference writes it. */
function written(value: unknown): string {
  if (Array.isArray(value)) return 'all';
  return typeof value === 'string' ? `'${value}'` : String(value);
}

describe('the reference of operations', () => {
  test.each(DOCUMENTED)('lists under "$title" every option with its default', ({ page, title, names, defaults }) => {
    const [rows = []] = tablesOf(sectionOf(read(`docs/reference/${page}.md`), title) ?? '');
    const stated = rows.map(({ option = '', default: value = '' }) => [
      codeOf(option),
      value.replaceAll('`', '').replaceAll('_', ''),
    ]);
    const inCode = names.map((name) => [name, name in defaults ? written(defaults[name]) : 'none']);
    expect(stated).toEqual(inCode);
  });
});

import type { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/cli/exit-codes.js';
import { createProgram } from '../src/cli/program.js';
import { CHECKS } from '../src/cli/doctor/finding.js';
import { read } from './docs/workspace.js';

const PAGE = read('docs/reference/command-line.md');
/** The options that all commands have are documented once. */
const SHARED = ['--key-prefix', '--timeout', '--json'];
const NAMESPACE = '--namespace';

interface Documented {
  readonly name: string;
  readonly command: Command;
}

/** Every command without commands of its own: `invalidate key`, with its full name. */
function leaves(command: Command, path: readonly string[] = []): Documented[] {
  return command.commands.flatMap((inner) => {
    const name = [...path, inner.name()];
    return inner.commands.length === 0 ? [{ name: name.join(' '), command: inner }] : leaves(inner, name);
  });
}

/** The rows of the first table below a heading, as their cells. */
function rowsBelow(heading: string): string[][] {
  const start = PAGE.indexOf(`\n${heading}\n`);
  if (start < 0) return [];
  const [section = ''] = PAGE.slice(start + heading.length + 2).split(/\n#/, 1);
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| -'));
  return rows.slice(1).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const optionRow = ({ flags, description, defaultValue, argChoices }: Option): string[] => [
  `\`${flags}\``,
  description.replace(/ \(default.*\)$/, '') + (argChoices === undefined ? '' : `: ${argChoices.join(', ')}`),
  defaultOf(description, defaultValue),
];

function defaultOf(description: string, value: unknown): string {
  const [, written] = /\(default:? ([^)]*)\)$/.exec(description) ?? [];
  if (written !== undefined) return `\`${written}\``;
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? `\`${value}\`` : '';
}

const argumentRow = (argument: Argument): string[] => [
  `\`<${argument.name()}${argument.variadic ? '...' : ''}>\``,
  argument.description,
  '',
];

const isOwn = ({ long }: Option): boolean => ![...SHARED, NAMESPACE].includes(long ?? '');

const program = createProgram({ finish: async () => {} });
const commands = leaves(program);

describe('docs/reference/command-line.md', () => {
  test.each(commands)('documents the arguments and options of $name', ({ name, command }) => {
    const expected = [...command.registeredArguments.map(argumentRow), ...command.options.filter(isOwn).map(optionRow)];
    expect(rowsBelow(`## ${name}`)).toEqual(expected);
  });

  test('documents the options that all commands have', () => {
    const [{ command } = { command: program }] = commands.filter(({ name }) => name === 'inspect');
    expect(rowsBelow('## Options of all commands')).toEqual(
      command.options.filter((option) => !isOwn(option)).map(optionRow),
    );
    for (const { command: each } of commands)
      expect(each.options.map(({ long }) => long)).toEqual(expect.arrayContaining(SHARED));
  });

  test('documents no command that does not exist', () => {
    const headings = [...PAGE.matchAll(/^## ([a-z ]+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(commands.map(({ name }) => name));
  });

  test('documents every exit code', () => {
    expect(rowsBelow('## Exit codes').map(([code]) => code)).toEqual(Object.values(EXIT).map((code) => `\`${code}\``));
  });

  test('documents every check of doctor', () => {
    expect(rowsBelow('### Checks').map(([check]) => check)).toEqual(CHECKS.map((check) => `\`${check}\``));
  });
});

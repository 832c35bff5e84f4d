import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ENTRY_POINTS = ['index', 'keyv', 'testing', 'testing-nest', 'throttler'].map(
  (entry) => `libs/redis/src/${entry}.ts`,
);

const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
const program = ts.createProgram(
  ENTRY_POINTS.map((path) => ROOT + path),
  options,
);
const checker = program.getTypeChecker();

describe.each(ENTRY_POINTS)('docstrings › %s', (path) => {
  const exported = exportsOf(path);

  test('every exported name has a docstring', () => {
    expect(exported.length).toBeGreaterThan(0);
    expect(exported.filter(isUndocumented).map(({ name }) => name)).toEqual([]);
  });

  test('every member of an exported Options type has a docstring', () => {
    const members = exported.filter(({ name }) => name.endsWith('Options')).flatMap(membersOf);
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter(({ member }) => isUndocumented(member)).map(({ name }) => name)).toEqual([]);
  });

  test('every public member of an exported class or type has a docstring', () => {
    const members = exported.flatMap(membersOf);
    expect(members.filter(({ member }) => isUndocumented(member)).map(({ name }) => name)).toEqual([]);
  });
});

interface Member {
  /** `Owner.member`. */
  readonly name: string;
  readonly member: ts.Symbol;
}

/** The symbols that a module exports, with re-exports resolved to their declarations. */
function exportsOf(path: string): ts.Symbol[] {
  const source = program.getSourceFile(ROOT + path);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${path} is not a module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));
}

/** The public members of a type that are declared in this repository, inherited ones included. */
function membersOf(owner: ts.Symbol): Member[] {
  if ((owner.flags & ts.SymbolFlags.Type) === 0) return [];
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(owner))
    .filter((member) => member.declarations?.some(isPublicAndOurs))
    .map((member) => ({ name: `${owner.name}.${member.name}`, member }));
}

function isPublicAndOurs(declaration: ts.Declaration): boolean {
  const file = declaration.getSourceFile();
  if (program.isSourceFileFromExternalLibrary(file) || program.isSourceFileDefaultLibrary(file)) return false;
  const { Private, Protected } = ts.ModifierFlags;
  if ((ts.getCombinedModifierFlags(declaration) & (Private | Protected)) !== 0) return false;
  const name = ts.getNameOfDeclaration(declaration);
  if (name !== undefined && ts.isPrivateIdentifier(name)) return false;
  return !ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');
}

function isUndocumented(symbol: ts.Symbol): boolean {
  return symbol.getDocumentationComment(checker).length === 0;
}

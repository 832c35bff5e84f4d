import { join, relative } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES } from '../scripts/build/entries.mjs';
import { PACKAGE, requireCurrentBuild } from './built.package.js';

const TYPES = join(PACKAGE, 'dist', 'esm');
const PROGRAM_TIMEOUT_MS = 60_000;

/** The declarations that the package publishes, without what is internal or private. */
class PublishedTypes {
  private readonly program = ts.createProgram(
    ENTRIES.map((entry) => join(TYPES, `${entry}.d.ts`)),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, types: ['node'], skipLibCheck: true },
  );
  private readonly checker = this.program.getTypeChecker();
  private readonly exported = new Set(ENTRIES.flatMap((entry) => this.exportsOf(entry)));

  /** The names that a declaration of the entry mentions and no entry exports, each with the export that mentions it. */
  unexported(entry: string): string[] {
    const found = new Set<string>();
    for (const symbol of this.exportsOf(entry)) {
      for (const declaration of symbol.declarations ?? []) {
        for (const mentioned of this.mentionedBy(declaration)) found.add(`${symbol.name} mentions ${mentioned}`);
      }
    }
    return [...found].sort();
  }

  numberOfExports(entry: string): number {
    return this.exportsOf(entry).length;
  }

  private exportsOf(entry: string): ts.Symbol[] {
    const source = this.program.getSourceFile(join(TYPES, `${entry}.d.ts`));
    const module = source && this.checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} is not a module`);
    return this.checker.getExportsOfModule(module).map((symbol) => this.resolved(symbol));
  }

  private mentionedBy(declaration: ts.Declaration): string[] {
    if (!this.isOurs(declaration)) return [];
    const names: string[] = [];
    const visit = (node: ts.Node): void => {
      const name = referencedName(node);
      const symbol = name && this.checker.getSymbolAtLocation(name);
      if (symbol !== undefined && !this.isPublic(this.resolved(symbol))) names.push(symbol.name);
      ts.forEachChild(node, visit);
    };
    visit(declaration);
    return names;
  }

  private isPublic(symbol: ts.Symbol): boolean {
    const declarations = symbol.declarations ?? [];
    return (
      this.exported.has(symbol) ||
      (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0 ||
      declarations.every((declaration) => !this.isOurs(declaration) || !ts.isSourceFile(declaration.parent))
    );
  }

  private isOurs(declaration: ts.Declaration): boolean {
    return !relative(TYPES, declaration.getSourceFile().fileName).startsWith('..');
  }

  private resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }
}

/** The name in a reference to a type, to a base class or to a value in a type. */
function referencedName(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  if (ts.isTypeQueryNode(node)) return node.exprName;
  if (ts.isImportTypeNode(node)) return node.qualifier;
  return undefined;
}

describe('the published types', () => {
  let types: PublishedTypes;
  beforeAll(async () => {
    await requireCurrentBuild();
    types = new PublishedTypes();
  }, PROGRAM_TIMEOUT_MS);

  it.each(ENTRIES)('of the entry %s mention only types that an entry exports', (entry) => {
    expect(types.numberOfExports(entry)).toBeGreaterThan(0);
    expect(types.unexported(entry)).toEqual([]);
  });
});

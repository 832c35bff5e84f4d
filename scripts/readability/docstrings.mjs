import ts from 'typescript';

/** How many of the names that an entry exports have a docstring, and which have none. */
export function exportedDocstrings(entry) {
  const options = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  };
  const program = ts.createProgram([entry], { ...options, experimentalDecorators: true, types: ['node'] });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
  const missing = checker
    .getExportsOfModule(module)
    .filter((symbol) => documentationOf(symbol, checker) === '')
    .map((symbol) => symbol.name);
  const total = checker.getExportsOfModule(module).length;
  return { total, documented: total - missing.length, missing };
}

function documentationOf(symbol, checker) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return ts.displayPartsToString(target.getDocumentationComment(checker));
}

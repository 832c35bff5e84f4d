import ts from 'typescript';

/**
 * The lines of a file with casts (`as`, except `as const`), with `any`, and with the time of the system as
 * `new Date()`.
 */
export function syntaxOf({ name, text }) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found = { casts: [], any: [], dates: [] };
  const visit = (node) => {
    const line = () => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    if (ts.isAsExpression(node) && node.type.getText() !== 'const') found.casts.push(line());
    if (node.kind === ts.SyntaxKind.AnyKeyword) found.any.push(line());
    if (isCurrentDate(node)) found.dates.push(line());
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isCurrentDate(node) {
  const isCall = ts.isNewExpression(node) || ts.isCallExpression(node);
  return isCall && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0;
}

/** The number of lines of a file. */
export function linesIn({ text }) {
  return text.trimEnd().split('\n').length;
}

/** How often a kind of syntax occurs in 1000 lines of the files. */
export function perThousandLines(files, kind) {
  const count = files.reduce((sum, file) => sum + syntaxOf(file)[kind].length, 0);
  return (count / files.reduce((sum, file) => sum + linesIn(file), 0)) * 1000;
}

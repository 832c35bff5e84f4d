import type { CliIo } from '../cli-io.js';
import { styleOf, type Style } from '../terminal/style.js';
import { indentText, widthOf } from '../terminal/wrap.js';
import type { Finding, Severity } from './finding.js';

const INDENT = 9;
/** On a narrower terminal, the text is below the name of its check. */
const NARROW = 60;

/** Formats findings for people. */
export function formatFindings(findings: readonly Finding[], io: CliIo): string {
  const style = styleOf(io, io.stdout);
  return findings.map((finding) => formatFinding(finding, style, widthOf(io.stdout))).join('');
}

function formatFinding({ check, severity, message, remedy, node }: Finding, style: Style, width: number): string {
  const indent = width < NARROW ? 2 : INDENT;
  const where = node === undefined ? '' : ` ${style.dim(node)}`;
  const lines = [
    `${colour(severity, style)(severity.padEnd(INDENT - 1))} ${style.bold(check)}${where}`,
    indentText(message, indent, width),
    ...(remedy === undefined ? [] : [indentText(`Remedy: ${remedy}`, indent, width)]),
  ];
  return `${lines.join('\n')}\n`;
}

function colour(severity: Severity, { red, yellow, green, dim }: Style): (text: string) => string {
  return { ok: green, note: dim, warning: yellow, error: red }[severity];
}

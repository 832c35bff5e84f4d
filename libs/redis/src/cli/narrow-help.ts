import type { HelpConfiguration } from 'commander';
import { indentText } from './terminal/wrap.js';

/** In a narrower terminal, a description is below its option instead of beside it. */
const NARROW = 60;
const INDENT = 6;

/** The layout of a help for a terminal of this width. The parser wraps no descriptions in a narrow one. */
export function helpLayout(width: number): HelpConfiguration {
  if (width >= NARROW) return {};
  return {
    helpWidth: width,
    formatItem: (term, _termWidth, description) =>
      description === '' ? `  ${term}` : `  ${term}\n${indentText(description, INDENT, width)}`,
  };
}

/** A block of code from a document. */
export interface Snippet {
  /** The line that the block begins in, from 1. */
  readonly line: number;
  readonly code: string;
  /** What it is said to print; undefined where nothing is said. */
  readonly output: string | undefined;
  /** It stands behind the comment that says it is compiled and not run. */
  readonly compileOnly: boolean;
}

interface Block {
  readonly language: string;
  readonly text: string;
  /** Everything from the block before, or from the beginning, to this one. */
  readonly lead: string;
  readonly line: number;
}

const COMPILE_ONLY = '<!-- compile only -->';
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;
const OUTPUT_COMMENT = /\/\/ -> (.*)$/gm;

/**
 * The `ts` blocks of a markdown text. What one prints is the `text` block right behind it, or else its `// ->` comments, a line
 * each.
 */
export function readSnippets(markdown: string): Snippet[] {
  const blocks = readBlocks(markdown);
  return blocks.flatMap(({ language, text, lead, line }, i) => {
    if (language !== 'ts') return [];
    const next = blocks[i + 1];
    const shown = next?.language === 'text' && next.lead.trim() === '' ? next.text : undefined;
    const compileOnly = lead.trimEnd().endsWith(COMPILE_ONLY);
    return [{ line, code: text, output: shown ?? shownIn(text), compileOnly }];
  });
}

function readBlocks(markdown: string): Block[] {
  let end = 0;
  return [...markdown.matchAll(BLOCK)].map(({ 0: block, 1: language = '', 2: text = '', index }) => {
    const lead = markdown.slice(end, index);
    end = index + block.length;
    return { language, text, lead, line: markdown.slice(0, index).split('\n').length };
  });
}

function shownIn(code: string): string | undefined {
  const lines = [...code.matchAll(OUTPUT_COMMENT)].map(([, line]) => `${line}\n`);
  return lines.length === 0 ? undefined : lines.join('');
}

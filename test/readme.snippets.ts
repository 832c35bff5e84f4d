/** A block of code from a document. */
export interface Snippet {
  /** The first line of the block, from 1. */
  readonly line: number;
  readonly code: string;
  /** The expected output; undefined if the document shows none. */
  readonly output: string | undefined;
  /** The block is preceded by the comment `compile only`, so it is not run. */
  readonly compileOnly: boolean;
}

interface Block {
  readonly language: string;
  readonly text: string;
  /** The text between the previous block, or the start, and this one. */
  readonly lead: string;
  readonly line: number;
}

const COMPILE_ONLY = '<!-- compile only -->';
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;
const OUTPUT_COMMENT = /\/\/ -> (.*)$/gm;

/**
 * The `ts` blocks of a markdown text. The expected output is the `text` block that follows, or else the `// ->`
 * comments.
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

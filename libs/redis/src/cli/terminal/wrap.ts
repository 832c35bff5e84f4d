/** The width of text that is not written to a terminal. */
const DEFAULT_WIDTH = 100;
const MIN_WIDTH = 20;

/** The width to wrap text at. */
export function widthOf({ columns }: { readonly columns?: number | undefined }): number {
  return Math.max(MIN_WIDTH, Math.min(columns ?? DEFAULT_WIDTH, DEFAULT_WIDTH));
}

/** Wraps text between words into lines of at most `width` characters. A longer word has a line of its own. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Wraps text and puts spaces in front of each line. */
export function indentText(text: string, indent: number, width: number): string {
  const spaces = ' '.repeat(indent);
  return wrapText(text, Math.max(MIN_WIDTH, width - indent))
    .map((line) => spaces + line)
    .join('\n');
}

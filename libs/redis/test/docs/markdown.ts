/** A row of a table, by the titles of its columns. */
export type Row = Readonly<Record<string, string>>;

const HEADING = /^(#{1,6}) (.+)$/;
const FENCE = /^```.*?^```$/gms;

/** The text without code blocks, in which `#` and `[…](…)` are not markup. */
function prose(markdown: string): string {
  return markdown.replace(FENCE, (block) => block.replace(/[^\n]/g, ''));
}

/** The text under a heading, up to the next heading of the same or a higher level; undefined if the heading does not exist. */
export function sectionOf(markdown: string, title: string): string | undefined {
  const lines = markdown.split('\n');
  const bare = prose(markdown).split('\n');
  const levelOf = (line: string | undefined): number => HEADING.exec(line ?? '')?.[1]?.length ?? Infinity;
  const start = bare.findIndex((line) => HEADING.exec(line)?.[2] === title);
  if (start === -1) return undefined;
  const end = bare.findIndex((line, i) => i > start && levelOf(line) <= levelOf(bare[start]));
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

/** The titles of the headings, of one level or of all. */
export function headingsOf(markdown: string, level?: number): string[] {
  const headings = [...prose(markdown).matchAll(/^(#+) (.+)$/gm)];
  const wanted = headings.filter(([, marks]) => level === undefined || marks?.length === level);
  return wanted.map(([, , title]) => title as string);
}

/** The tables of a text, each as its rows. */
export function tablesOf(markdown: string): Row[][] {
  const tables = prose(markdown).match(/(?:^\|.*\|$\n?)+/gm) ?? [];
  return tables.map((table) => {
    const [titles = [], , ...rows] = table.trim().split('\n').map(cellsOf);
    return rows.map((cells) => Object.fromEntries(titles.map((title, i) => [title, cells[i] ?? ''])));
  });
}

/** The targets of the links, including images. */
export function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
}

/** The anchor of a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** The text of a cell that consists of code only. */
export function codeOf(cell: string): string | undefined {
  return /^`([^`]+)`$/.exec(cell)?.[1];
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

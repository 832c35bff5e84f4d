import { hexDump } from './hex.dump.js';
import type { RawPage, RawValue } from './raw-values.service.js';

const SHOWN_BYTES = 256;

/** Formats a stored value for a terminal: its properties and its first bytes. */
export function valueText({ key, bytes, codec, ttlMs }: RawValue): string {
  const shown = bytes.subarray(0, SHOWN_BYTES);
  return `key        ${key}
size       ${bytes.length} bytes
stored as  ${codec}
lives for  ${ttlText(ttlMs)}

${hexDump(shown)}
${shown.length < bytes.length ? `… and ${bytes.length - shown.length} more bytes\n` : ''}`;
}

/** Formats stored values for a terminal: one line each, with the path that shows it. */
export function pageText({ values, more }: RawPage): string {
  if (values.length === 0) return 'Nothing is stored yet: send a request first, such as /countries/JP/cities\n';
  const rows = values.map(({ key, bytes, codec }) => [`${bytes.length} bytes`, codec, rawPath(key)] as const);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    ([size, codec, path]) => `${size.padStart(widths[0] ?? 0)}  ${codec.padEnd(widths[1] ?? 0)}  ${path}\n`,
  );
  return `${lines.sort().join('')}${more ? '… and others\n' : ''}`;
}

/** The path that shows a value. Colons need no encoding in a path. */
export function rawPath(key: string): string {
  return `/demo/raw/${encodeURIComponent(key).replaceAll('%3A', ':')}`;
}

function ttlText(ttlMs: RawValue['ttlMs']): string {
  if (ttlMs === undefined) return 'no time: it has expired';
  return ttlMs === null ? 'ever' : `${(ttlMs / 1000).toFixed(1)} s`;
}

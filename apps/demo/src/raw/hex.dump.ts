const ROW_BYTES = 16;
const HALF_BYTES = ROW_BYTES / 2;

/** Formats bytes like `hexdump -C`: offset, 16 bytes in two halves, and ASCII with a dot for other bytes. */
export function hexDump(bytes: Uint8Array): string {
  const rows = Array.from({ length: Math.ceil(bytes.length / ROW_BYTES) }, (_, i) => i * ROW_BYTES);
  return rows.map((at) => row(at, bytes.subarray(at, at + ROW_BYTES))).join('\n');
}

function row(at: number, bytes: Uint8Array): string {
  const offset = at.toString(16).padStart(8, '0');
  const halves = [hexOf(bytes.subarray(0, HALF_BYTES)), hexOf(bytes.subarray(HALF_BYTES))];
  return `${offset}  ${halves.map((half) => half.padEnd(3 * HALF_BYTES - 1)).join('  ')}  |${asciiOf(bytes)}|`;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function asciiOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

/** What the demo shows of a stored value. */
export interface RawDump {
  readonly key: string;
  /** All of its bytes. */
  readonly size: number;
  readonly storedAs: string;
  /** The first of its bytes: those that are shown. */
  readonly bytes: Buffer;
}

/** Reads the text of `/demo/raw/:key`. */
export function readDump(text: string): RawDump {
  const after = (title: string): string => new RegExp(`^${title} +(.+)$`, 'm').exec(text)?.[1] ?? '';
  const rows = [...text.matchAll(/^[0-9a-f]{8} {2}([0-9a-f ]{48}) {2}\|/gm)];
  return {
    key: after('key'),
    size: Number.parseInt(after('size'), 10),
    storedAs: after('stored as'),
    bytes: Buffer.from(rows.map(([, hex = '']) => hex.replaceAll(' ', '')).join(''), 'hex'),
  };
}

/** The dump of a stored value that the demo shows. */
export interface RawDump {
  readonly key: string;
  /** Size of the stored value in bytes. */
  readonly size: number;
  readonly storedAs: string;
  /** The first bytes of the value, as shown. */
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

import { inspect } from 'node:util';

/** Every form in which a secret text can appear: as text, and as encoded bytes. */
export function formsOf(secret: string | Buffer): string[] {
  const bytes = Buffer.from(secret as string);
  const hex = bytes.toString('hex');
  // After one or two other bytes its base64 differs. The ends depend on the neighbouring bytes and are omitted.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const spaced = (hex.match(/../g) ?? []).join(' ');
  return [bytes.toString('latin1'), hex, spaced, [...bytes].join(', '), [...bytes].join(','), ...base64];
}

/** Everything that printing a value can show: its texts and members, including hidden members and causes. */
export function everythingShownOf(thing: unknown): string {
  const shown: string[] = [];
  const seen = new Set<unknown>();
  const visit = (one: unknown): void => {
    if (typeof one !== 'object' || one === null || seen.has(one)) return;
    seen.add(one);
    if (one instanceof Error) {
      shown.push(one.message, one.stack ?? '', String(one));
      visit(one.cause);
    }
    // Printed in columns, where the search would not find it.
    if (ArrayBuffer.isView(one)) shown.push(Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString('hex'));
    shown.push(textOf(one));
    for (const name of Reflect.ownKeys(one)) visit(Reflect.getOwnPropertyDescriptor(one, name)?.value);
  };
  visit(thing);
  const hidden = { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null } as const;
  shown.push(inspect(thing), inspect(thing, { ...hidden, getters: true }));
  return shown.join('\n');
}

function textOf(one: object): string {
  try {
    return JSON.stringify(one);
  } catch {
    return 'no JSON';
  }
}

import { inspect } from 'node:util';

/** Every form that a secret text may show up in: as it is, and as the bytes it is. */
export function formsOf(secret: string | Buffer): string[] {
  const bytes = Buffer.from(secret as string);
  const hex = bytes.toString('hex');
  // Behind one or two other bytes its base64 differs; the ends, which depend on what stands beside, are left out.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const spaced = (hex.match(/../g) ?? []).join(' ');
  return [bytes.toString('latin1'), hex, spaced, [...bytes].join(', '), [...bytes].join(','), ...base64];
}

/** All that anybody can get to see of a thing by printing it: its texts, what it holds, hidden members and causes included. */
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
    // Printed in columns, where no form of it would be found.
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

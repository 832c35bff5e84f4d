import { isRecord } from '../../common/records.js';

const ODD_NAMES: ReadonlySet<string> = new Set(['__proto__', 'toJSON']);

/**
 * Prepares a JSON value for MessagePack: omits members that are undefined, as JSON does. Returns undefined if
 * MessagePack would change the value: an unpaired surrogate, which UTF-8 cannot encode, a member `__proto__`, which
 * readers rename, or a member `toJSON`, which writers call. Copies only containers from which it omits a member.
 */
export function packable(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : undefined;
  if (!isRecord(value)) return value;
  return Array.isArray(value) ? packableItems(value) : packableMembers(value);
}

function packableItems(items: readonly unknown[]): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = packable(items[i]);
    if (item === undefined) return undefined;
    if (item === items[i]) continue;
    copy ??= [...items];
    copy[i] = item;
  }
  return copy ?? items;
}

function packableMembers(members: Readonly<Record<string, unknown>>): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(members)) {
    const original = members[name];
    const member = original === undefined || isOdd(name) ? undefined : packable(original);
    if (member === undefined && original !== undefined) return undefined;
    if (member !== undefined && member === original) continue;
    copy ??= { ...members };
    if (member === undefined) delete copy[name];
    else copy[name] = member;
  }
  return copy ?? members;
}

function isOdd(name: string): boolean {
  return ODD_NAMES.has(name) || !name.isWellFormed();
}

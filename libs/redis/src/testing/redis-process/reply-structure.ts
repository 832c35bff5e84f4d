import { ReplyError, type Reply } from './reply.js';

/**
 * Reads a reply of alternating names and values (`SENTINEL MASTER`), or of lines `name:value` (`CLUSTER INFO`), as a
 * record.
 */
export function fieldsOf(reply: Reply | undefined): Readonly<Record<string, string>> {
  if (Array.isArray(reply)) {
    const words = reply.map(String);
    return Object.fromEntries(words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? '']] : [])));
  }
  const lines = String(reply ?? '').split('\r\n');
  return Object.fromEntries(lines.map((line) => [line.split(':', 1).join(), line.slice(line.indexOf(':') + 1)]));
}

/** The items of an array reply. @throws Error for any other reply */
export function itemsOf(reply: Reply): readonly Reply[] {
  if (typeof reply !== 'object' || reply === null || reply instanceof ReplyError)
    throw new Error(`expected an array as the reply, got ${String(reply)}`);
  return reply;
}

/** A server's reply to one command. Text is decoded as UTF-8. An error within an array is a `ReplyError` element. */
export type Reply = string | number | null | readonly Reply[] | ReplyError;

/** An error reply of a server. Its message is the server's: `WRONGTYPE …`. */
export class ReplyError extends Error {
  /** The name of the class. */
  override readonly name = 'ReplyError';
}

interface ReadResult {
  readonly reply: Reply;
  /** The offset where the next reply begins. */
  readonly end: number;
}

const CRLF = '\r\n';

/**
 * Reads the reply that begins at an offset. Returns undefined while the reply is incomplete.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2)
 */
export function readReply(bytes: Buffer, start: number): ReadResult | undefined {
  const lineEnd = bytes.indexOf(CRLF, start);
  if (lineEnd === -1) return undefined;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const next = lineEnd + CRLF.length;
  switch (bytes.toString('latin1', start, start + 1)) {
    case '+':
      return { reply: line, end: next };
    case '-':
      return { reply: new ReplyError(line), end: next };
    case ':':
      return { reply: Number(line), end: next };
    case '$':
      return readBulk(bytes, next, Number(line));
    case '*':
      return readArray(bytes, next, Number(line));
    default:
      throw new Error('the reply is not RESP2: is another program listening on this port?');
  }
}

function readBulk(bytes: Buffer, start: number, length: number): ReadResult | undefined {
  if (length < 0) return { reply: null, end: start };
  const end = start + length;
  if (bytes.length < end + CRLF.length) return undefined;
  return { reply: bytes.toString('utf8', start, end), end: end + CRLF.length };
}

function readArray(bytes: Buffer, start: number, length: number): ReadResult | undefined {
  if (length < 0) return { reply: null, end: start };
  const items: Reply[] = [];
  let end = start;
  while (items.length < length) {
    const item = readReply(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}

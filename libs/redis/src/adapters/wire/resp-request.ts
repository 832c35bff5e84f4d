const END = '\r\n';

/**
 * Encodes a command with binary arguments in the Redis protocol. Adjacent strings are joined, so that few parts are
 * copied.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
 */
export function respRequest(name: string, args: readonly (string | Buffer)[]): Buffer {
  const parts: (string | Buffer)[] = [];
  let text = `*${args.length + 1}${END}$${Buffer.byteLength(name)}${END}${name}${END}`;
  for (const arg of args) {
    if (typeof arg === 'string') {
      text += `$${Buffer.byteLength(arg)}${END}${arg}${END}`;
    } else {
      parts.push(`${text}$${arg.length}${END}`, arg);
      text = END;
    }
  }
  parts.push(text);
  return concat(parts);
}

function concat(parts: readonly (string | Buffer)[]): Buffer {
  let length = 0;
  for (const part of parts) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) at += typeof part === 'string' ? bytes.write(part, at) : part.copy(bytes, at);
  return bytes;
}

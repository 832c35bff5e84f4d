/** What a permission is for. */
export type Need = 'values' | 'scripts' | 'scans' | 'near copies' | 'resealing';

/** A command that shows whether the user may call it, and changes nothing. */
export interface PermissionProbe {
  /** The rule that grants it, as in `ACL SETUSER`. */
  readonly rule: string;
  readonly need: Need;
  /** The command, with a key that does not exist. */
  readonly command: (key: string) => readonly string[];
}

const probe = (need: Need, rule: string, command: (key: string) => readonly string[]): PermissionProbe => ({
  rule,
  need,
  command,
});

/**
 * The commands of the package, each in a form without effect: on a key that does not exist, or with an argument that the
 * server refuses after it has checked the permission. PUBLISH and SUBSCRIBE have no such form.
 * @see docs/guides/connecting.md#acl-user
 */
export const PERMISSION_PROBES: readonly PermissionProbe[] = [
  probe('values', '+ping', () => ['PING']),
  probe('values', '+info', () => ['INFO', 'server']),
  probe('values', '+get', (key) => ['GET', key]),
  probe('values', '+mget', (key) => ['MGET', key]),
  probe('values', '+set', (key) => ['SET', key, '', 'XX', 'PX', '1']),
  probe('values', '+unlink', (key) => ['UNLINK', key]),
  probe('values', '+exists', (key) => ['EXISTS', key]),
  probe('values', '+pexpire', (key) => ['PEXPIRE', key, '1']),
  probe('values', '+pttl', (key) => ['PTTL', key]),
  probe('values', '+hget', (key) => ['HGET', key, 'f']),
  probe('values', '+hgetall', (key) => ['HGETALL', key]),
  probe('values', '+hdel', (key) => ['HDEL', key, 'f']),
  // A field without its value.
  probe('values', '+hset', (key) => ['HSET', key, 'f', 'v', 'f']),
  probe('scripts', '+eval', () => ['EVAL', 'return 1', '0']),
  // NOSCRIPT.
  probe('scripts', '+evalsha', () => ['EVALSHA', '0'.repeat(40), '0']),
  // Not a number.
  probe('scripts', '+incrby', (key) => ['INCRBY', key, 'x']),
  probe('scripts', '+time', () => ['TIME']),
  probe('scripts', '+del', (key) => ['DEL', key]),
  probe('scripts', '+getrange', (key) => ['GETRANGE', key, '0', '0']),
  probe('scans', '+scan', () => ['SCAN', '0', 'COUNT', '1']),
  probe('near copies', '+client|id', () => ['CLIENT', 'ID']),
  probe('near copies', '+client|tracking', () => ['CLIENT', 'TRACKING', 'OFF']),
  probe('near copies', '+role', () => ['ROLE']),
  probe('resealing', '+type', (key) => ['TYPE', key]),
];

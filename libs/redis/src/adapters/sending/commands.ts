import type { Destination } from '../resilience/guards.js';
import type { CommandArg, WireCommand } from '../wire/wire-command.js';

/** How a command that changes nothing is routed, and named in errors. */
export interface CommandTraits extends Destination {
  /** The name of the operation in errors. @default the name of the command, in upper case */
  readonly label?: string | undefined;
}

/** Commands that may be sent again safely: a second delete finds nothing to delete. */
const DELETES: ReadonlySet<string> = new Set(['unlink', 'del']);
const NO_KEYS: readonly string[] = [];

/** A command that changes nothing. */
export function readCommand(
  name: string,
  args: readonly CommandArg[],
  { label = name.toUpperCase(), key, node }: CommandTraits = {},
): WireCommand {
  return { name, kind: 'read', label, key, node, args, keys: NO_KEYS, resend: 'always', scriptText: undefined };
}

/** A command that changes these keys, which are of one group. */
export function changeCommand(keys: readonly string[], name: string, args: readonly CommandArg[]): WireCommand {
  return {
    name,
    kind: DELETES.has(name) ? 'delete' : 'write',
    label: name.toUpperCase(),
    key: keys[0],
    node: undefined,
    args,
    keys,
    resend: 'while-newest',
    scriptText: undefined,
  };
}

/**
 * A command that changes keys found by a scan. It is never sent again, because a key may have been written since the
 * scan.
 */
export function scannedChangeCommand(keys: readonly Buffer[], name: string): WireCommand {
  return {
    name,
    kind: 'write',
    label: name.toUpperCase(),
    key: keys[0],
    node: undefined,
    args: keys,
    keys: NO_KEYS,
    resend: 'never',
    scriptText: undefined,
  };
}

import { createHash } from 'node:crypto';
import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { CommandArg, WireCommand } from '../wire/wire-command.js';

/** The longest script that is sent as text, in characters. */
const MAX_TEXT_LENGTH = 2048;

/** How a script is sent. */
interface ScriptForm {
  readonly text: string;
  /** Undefined if the script is sent as text. */
  readonly sha1: string | undefined;
}

const forms = new WeakMap<object, ScriptForm>();

/** A script of the store itself. */
export interface StoreScript<R> extends ScriptDefinition<R> {
  /**
   * `read` if it changes nothing; `delete` if a second run does no harm. Both are sent again if it is not known whether
   * they ran.
   * @default 'write'
   */
  readonly kind?: WireCommand['kind'] | undefined;
  /** `unlink`: a server at its maxmemory runs it, because it removes a key before it writes. @default undefined */
  readonly effect?: 'unlink' | undefined;
}

/** A script with its keys and arguments. */
export interface ScriptRun {
  readonly script: StoreScript<unknown>;
  readonly keys: readonly string[];
  readonly args: readonly CommandArg[];
}

/**
 * Runs a script. A short script is sent as text (EVAL). That also works after a restart or SCRIPT FLUSH, so no later
 * call on its keys can take effect first. A long script is sent by its SHA1 (EVALSHA). When the server replies
 * NOSCRIPT, the text is sent once, with the same permit and ahead of the queue. No other error is retried in this way,
 * because the script may have run.
 * @see https://redis.io/docs/latest/commands/evalsha/
 * @see docs/decisions/0025-short-scripts-are-sent-as-text.md
 */
export function scriptCommand({ script, keys, args }: ScriptRun): WireCommand {
  const { text, sha1 } = formOf(script);
  const { kind = 'write' } = script;
  return {
    name: sha1 === undefined ? 'eval' : 'evalsha',
    kind,
    label: script.name,
    effect: script.effect,
    key: keys[0],
    node: undefined,
    args: [sha1 ?? text, keys.length, ...keys, ...args],
    keys: kind === 'read' ? [] : keys,
    resend: kind === 'read' ? 'always' : 'while-newest',
    scriptText: sha1 === undefined ? undefined : text,
  };
}

/** Runs a script that is never sent again, because a key may have been written since. */
export function scriptCommandOnce(
  script: StoreScript<unknown>,
  keys: readonly (string | Buffer)[],
  args: readonly CommandArg[],
): WireCommand {
  return {
    name: 'eval',
    kind: 'write',
    label: script.name,
    effect: script.effect,
    key: keys[0],
    node: undefined,
    args: [formOf(script).text, keys.length, ...keys, ...args],
    keys: [],
    resend: 'never',
    scriptText: undefined,
  };
}

/** The same command with the script as text, for a server that does not know its SHA1. */
export function asText(command: WireCommand, scriptText: string): WireCommand {
  return { ...command, name: 'eval', args: [scriptText, ...command.args.slice(1)], scriptText: undefined };
}

function formOf(script: ScriptDefinition<unknown>): ScriptForm {
  let form = forms.get(script);
  if (form === undefined) forms.set(script, (form = makeForm(script.source)));
  return form;
}

function makeForm(source: string): ScriptForm {
  // The comment lines at the top would only make each command longer. A block comment (`--[[`) stays.
  const text = source.replace(/^(?:--(?!\[=*\[).*\n)+/, '');
  if (text.length <= MAX_TEXT_LENGTH) return { text, sha1: undefined };
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

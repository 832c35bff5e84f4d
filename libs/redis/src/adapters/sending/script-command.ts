import { createHash } from 'node:crypto';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { CommandSender } from './command-sender.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { KeyedCommand } from './keyed-command.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { CommandArg } from '../wire/wire-command.js';

/** Scripts up to so many characters are sent as text each time. */
const LONGEST_TEXT = 2048;

/** How a script goes over the wire. */
interface ScriptForm {
  readonly text: string;
  /** Undefined where the script is sent as text. */
  readonly sha1: string | undefined;
}

const forms = new WeakMap<object, ScriptForm>();

/** A run of a script. */
export interface ScriptRun {
  readonly script: ScriptDefinition<unknown>;
  readonly keys: readonly string[];
  readonly args: readonly CommandArg[];
}

/**
 * Runs a script. A short one is sent as text (EVAL): a server that was restarted, or told to forget its scripts, knows it all the same,
 * so no call made later on its keys takes effect first. A long one is sent by its SHA1 (EVALSHA); to a server that does not know it
 * the text is sent, once, in the same permit and before any command that waits for one. No other error is answered by sending again:
 * the script may have run.
 * @see https://redis.io/docs/latest/commands/evalsha/
 * @see docs/decisions/0025-short-scripts-are-sent-as-text.md
 */
export class ScriptCommand extends KeyedCommand {
  private readonly text: string;

  constructor({ script, keys, args }: ScriptRun, sender: CommandSender, deadlines: DeadlineQueue, limits: CallLimits) {
    const { text, sha1 } = formOf(script);
    const traits = { label: script.name, kind: 'write', key: keys[0] } as const;
    super(
      sha1 === undefined ? 'eval' : 'evalsha',
      [sha1 ?? text, keys.length, ...keys, ...args],
      sender,
      deadlines,
      limits,
      traits,
    );
    this.text = text;
  }

  /** How the script is sent: `eval` or `evalsha`. */
  static nameOf(script: ScriptDefinition<unknown>): string {
    return formOf(script).sha1 === undefined ? 'eval' : 'evalsha';
  }

  /** True after NOSCRIPT, once. */
  isMended(failure: RedisInfraError): boolean {
    if (this.name !== 'evalsha' || failure.context.reply !== 'NOSCRIPT') return false;
    this.name = 'eval';
    this.args = [this.text, ...this.args.slice(1)];
    return true;
  }
}

function formOf(script: ScriptDefinition<unknown>): ScriptForm {
  let form = forms.get(script);
  if (form === undefined) forms.set(script, (form = makeForm(script.source)));
  return form;
}

function makeForm(source: string): ScriptForm {
  // The comment lines at its head would only make each command longer. A comment of several lines (`--[[`) stays.
  const text = source.replace(/^(?:--(?!\[=*\[).*\n)+/, '');
  if (text.length <= LONGEST_TEXT) return { text, sha1: undefined };
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

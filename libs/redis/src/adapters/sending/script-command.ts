import { createHash } from 'node:crypto';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { CommandSender } from './command-sender.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { KeyedCommand } from './keyed-command.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { CommandArg } from '../wire/wire-command.js';

/** The longest script that is sent as text, in characters. */
const MAX_TEXT_LENGTH = 2048;

/** How a script is sent. */
interface ScriptForm {
  readonly text: string;
  /** Undefined if the script is sent as text. */
  readonly sha1: string | undefined;
}

const forms = new WeakMap<object, ScriptForm>();

/** A script with its keys and arguments. */
export interface ScriptRun {
  readonly script: ScriptDefinition<unknown>;
  readonly keys: readonly string[];
  readonly args: readonly CommandArg[];
}

/**
 * Runs a script. A short script is sent as text (EVAL). That also works after a restart or SCRIPT FLUSH, so no later call on its keys can
 * take effect first. A long script is sent by its SHA1 (EVALSHA). When the server replies NOSCRIPT, the text is sent once, with the same
 * permit and ahead of the queue. No other error is retried here, because the script may have run.
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

  /** The command that sends this script: `eval` or `evalsha`. */
  static nameOf(script: ScriptDefinition<unknown>): string {
    return formOf(script).sha1 === undefined ? 'eval' : 'evalsha';
  }

  /** Changes EVALSHA to EVAL after NOSCRIPT. @returns true if the command changed and is to be sent again */
  rewriteFor(failure: RedisInfraError): boolean {
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
  // The comment lines at the top would only make each command longer. A block comment (`--[[`) stays.
  const text = source.replace(/^(?:--(?!\[=*\[).*\n)+/, '');
  if (text.length <= MAX_TEXT_LENGTH) return { text, sha1: undefined };
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

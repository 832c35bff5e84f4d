import type { ScriptArg, ScriptHost } from '../../../domain/cache-store.js';
import { withCallOptions, type CallContext } from '../../calls/call-context.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { StoreScript } from '../../sending/script-command.js';
import type { CallLimits } from '../../wire/pending-call.js';

/** Runs Lua scripts on the server. */
export class RedisScripts {
  constructor(
    private readonly channel: CommandChannel,
    private readonly keys: KeySpace,
  ) {}

  /** Runs a script after the earlier calls on its keys, which are full keys. */
  run<R>(script: StoreScript<R>, keys: readonly string[], args: readonly ScriptArg[], limits: CallLimits): Promise<R> {
    return this.channel.inKeyOrder(keys, script.name, limits, (remaining) => this.send(script, keys, args, remaining));
  }

  /** Runs a script immediately. Only for a call that has waited for the earlier calls on its keys. */
  async send<R>(
    script: StoreScript<R>,
    keys: readonly string[],
    args: readonly ScriptArg[],
    limits: CallLimits,
  ): Promise<R> {
    return script.parse(await this.channel.runScript({ script, keys, args }, limits));
  }

  /** Scripts as a capability of the store: its keys are without the prefix of the store. */
  hostFor(context: CallContext): ScriptHost {
    const { channel, keys } = this;
    return {
      run: async (script, names, args, call) =>
        this.run(script, keys.locateAll(names), args, withCallOptions(context, call)),
      groupOf: channel.allowsAnyKeys ? undefined : (key) => channel.groupOf(keys.prefix + key),
      atEndOfTick: (work) => channel.pool.atEndOfTick(work),
      sendNow: () => channel.pool.flushNow(),
    };
  }
}

import type { CommandChannel } from '../../sending/command-channel.js';
import type { StoreScript } from '../../sending/script-command.js';
import { isSlotMigrating } from '../../sending/unlink-all.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { CommandArg } from '../../wire/wire-command.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import type { LeasePlace } from './entry-keys.js';
import { VOID_LEASES } from './scripts/lease.scripts.js';

/** A change of one key. */
export interface LeasedChange<R> {
  /** Takes the key and its lease; or only the key. */
  readonly script: StoreScript<R>;
  readonly place: LeasePlace;
  readonly args: readonly CommandArg[];
  /** A second run has the same effect. @default false */
  readonly isIdempotent?: boolean | undefined;
  /** The call runs exclusively on its key already. @default false */
  readonly isExclusive?: boolean | undefined;
}

/** Changes a key and ends its lease in one script. Only for a call that has waited for the earlier calls on the key. */
export class LeasedChanges {
  constructor(
    private readonly channel: CommandChannel,
    private readonly scripts: RedisScripts,
  ) {}

  async run<R>(change: LeasedChange<R>, limits: CallLimits): Promise<R> {
    const { script, place, args, isExclusive = false } = change;
    const remaining = this.channel.startLimits(limits);
    try {
      return await this.scripts.send(script, place.keys, args, limits);
    } catch (error) {
      if (!this.channel.isCluster || !isSlotMigrating(error)) throw error;
      if (isExclusive) return await this.runApart(change, remaining);
      return await this.channel.runExclusively(place.keys[0], script.name, remaining(), () =>
        this.runApart(change, remaining),
      );
    }
  }

  /**
   * While a cluster moves a slot, the key and its lease may be on two nodes. The change is made first, then the lease
   * ends. A load may have published its value in between, so a change that may be made twice is made again.
   */
  private async runApart<R>(
    { script, place, args, isIdempotent = false }: LeasedChange<R>,
    remaining: () => CallLimits,
  ): Promise<R> {
    const { scripts } = this;
    const [key, lease] = place.keys;
    const result = await scripts.send(script, [key], args, remaining());
    await scripts.send(VOID_LEASES, [lease], place.notice, remaining());
    if (isIdempotent) await scripts.send(script, [key], args, remaining());
    return result;
  }
}

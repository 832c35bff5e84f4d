import { HARNESS_USER } from '../redis-process/harness-user.js';
import { itemsOf } from '../redis-process/reply-structure.js';
import type { RedisServer } from '../redis-server/redis-server.js';
import { selfIn, viewOf } from './cluster-view.js';

const BATCH = 100;
const MIGRATE_TIMEOUT_MS = 2000;

/** A hash slot that moves from one master to another. */
export interface SlotMove {
  /** The hash slot, 0 to 16383. */
  readonly slot: number;
  /** The master that has the slot. */
  readonly from: RedisServer;
  /** The master that gets the slot. */
  readonly to: RedisServer;
}

/**
 * The migration of a slot from one master to another. Meanwhile, the old master serves the keys that it still has and
 * replies `ASK` for all others; the new master serves the slot only after `ASKING`. A command with keys on both masters
 * gets `TRYAGAIN`.
 * @see https://redis.io/docs/latest/commands/cluster-setslot/
 */
export class SlotMigration implements SlotMove {
  readonly slot: number;
  readonly from: RedisServer;
  readonly to: RedisServer;

  private constructor(
    move: SlotMove,
    private readonly masters: readonly RedisServer[],
  ) {
    ({ slot: this.slot, from: this.from, to: this.to } = move);
  }

  /** @internal Use `migrateSlot` of the cluster. */
  static async start(move: SlotMove, masters: readonly RedisServer[]): Promise<SlotMigration> {
    const { slot, from, to } = move;
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to));
    return new SlotMigration(move, masters);
  }

  /** Moves at most `max` keys of the slot. @returns the number of keys moved */
  async moveKeys(max = Infinity): Promise<number> {
    let moved = 0;
    while (moved < max) {
      const count = Math.min(BATCH, max - moved);
      const keys = itemsOf(await this.from.query('CLUSTER', 'GETKEYSINSLOT', this.slot, count)).map(String);
      if (keys.length === 0) break;
      const target = ['127.0.0.1', this.to.port, '', 0, MIGRATE_TIMEOUT_MS];
      const signIn = ['AUTH2', HARNESS_USER.name, HARNESS_USER.password];
      await this.from.command('MIGRATE', ...target, ...signIn, 'KEYS', ...keys);
      moved += keys.length;
    }
    return moved;
  }

  /**
   * Moves the remaining keys and assigns the slot to the new master, on all masters. The old master then replies
   * `MOVED`.
   */
  async finish(): Promise<void> {
    await this.moveKeys();
    const id = await idOf(this.to);
    const otherMasters = this.masters.filter((master) => master !== this.to && master !== this.from);
    for (const node of [this.to, this.from, ...otherMasters])
      await node.command('CLUSTER', 'SETSLOT', this.slot, 'NODE', id);
  }

  /** Leaves the slot with the old master. Keys that were already moved become unreachable. */
  async cancel(): Promise<void> {
    for (const node of [this.from, this.to]) await node.command('CLUSTER', 'SETSLOT', this.slot, 'STABLE');
  }
}

async function idOf(node: RedisServer): Promise<string> {
  return selfIn(await viewOf(node)).id;
}

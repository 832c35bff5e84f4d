import { steadyTime, type Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type {
  MemoryKeyAccess,
  ScriptArg,
  ScriptDefinition,
  ScriptHost,
  ScriptMemory,
} from '../../domain/cache-store.js';
import { wrongType } from '../../domain/models/counter.js';
import { withCallOptions, type CallContext } from '../calls/call-context.js';
import type { KeySpace } from '../calls/key-space.js';
import type { MemoryCalls } from './memory-calls.js';
import type { MemoryRecords } from './memory-records.js';

/** Runs the twins of scripts, because there is no server to run the scripts. */
export class MemoryScripts {
  private readonly nowMs: () => number;

  constructor(
    private readonly calls: MemoryCalls,
    private readonly records: MemoryRecords,
    private readonly keySpace: KeySpace,
    clock: Clock,
  ) {
    this.nowMs = steadyTime(clock);
  }

  /** Scripts as a capability of the store: its keys are without the prefix of the store. */
  hostFor(context: CallContext): ScriptHost {
    return {
      run: async (script, keys, args, call) => this.run(script, keys, args, withCallOptions(context, call)),
    };
  }

  private run<R>(
    script: ScriptDefinition<R>,
    keys: readonly string[],
    args: readonly ScriptArg[],
    context: CallContext,
  ): R {
    const { twin, name, parse } = script;
    if (twin === undefined) {
      throw new RedisInfraError(
        'UNSUPPORTED',
        `${name} has no twin, so the embedded store cannot run it: configure a connection to Redis`,
      );
    }
    this.calls.start(context);
    // Checks all keys, including those that the twin does not use.
    this.keySpace.locateAll(keys);
    return parse(twin(this.memoryOf(name), keys, args));
  }

  private readonly keyAccess: MemoryKeyAccess = {
    describe: (key) => this.records.describe(this.keySpace.locate(key)),
    expire: (key, ttlMs) => this.records.expire(this.keySpace.locate(key), ttlMs),
  };

  private memoryOf(name: string): ScriptMemory {
    const { records, keySpace } = this;
    return {
      nowUs: Math.floor(this.nowMs() * 1000),
      get: (key) => {
        const record = records.get(keySpace.locate(key));
        if (record !== undefined && record.type !== 'state') throw wrongType(name, 'the state of this script');
        return record?.state;
      },
      set: (key, state, ttlMs) =>
        records.set(keySpace.locate(key), { type: 'state', state, expiresAtMs: records.expiryAfter(ttlMs) }),
      delete: (key) => void records.delete(keySpace.locate(key)),
      keys: this.keyAccess,
    };
  }
}

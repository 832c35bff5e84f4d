import { steadyTime, type Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ScriptArg, ScriptDefinition, ScriptHost, ScriptMemory } from '../../domain/cache-store.js';
import { wrongType } from '../../domain/models/counter.js';
import type { MemoryRecords } from './memory-records.js';

/** Runs the twins of scripts, because there is no server to run the scripts. */
export class MemoryScriptHost implements ScriptHost {
  private readonly nowMs: () => number;

  constructor(
    private readonly locate: (key: string) => string,
    private readonly records: MemoryRecords,
    private readonly clock: Clock,
  ) {
    this.nowMs = steadyTime(clock);
  }

  async run<R>(script: ScriptDefinition<R>, keys: readonly string[], args: readonly ScriptArg[]): Promise<R> {
    const { twin, name, parse } = script;
    if (twin === undefined) {
      throw new RedisInfraError(
        'UNSUPPORTED',
        `${name} has no twin, so the embedded store cannot run it: configure a connection to Redis`,
      );
    }
    // Checks all keys, including those that the twin does not use.
    for (const key of keys) this.locate(key);
    return parse(twin(this.memory(name), keys, args));
  }

  private memory(name: string): ScriptMemory {
    const { records, locate, clock } = this;
    return {
      nowUs: Math.floor(this.nowMs() * 1000),
      get: (key) => {
        const record = records.get(locate(key));
        if (record !== undefined && record.type !== 'state') throw wrongType(name, 'the state of this script');
        return record?.state;
      },
      set: (key, state, ttlMs) =>
        records.set(locate(key), { type: 'state', state, expiresAtMs: clock.monotonicMs() + ttlMs }),
      delete: (key) => void records.delete(locate(key)),
    };
  }
}

import type { ScriptArg, ScriptMemory } from '../../../domain/cache-store.js';

/** What the key of a lock holds in the embedded store. */
class LockRecord {
  constructor(
    readonly fence: number,
    /** The token of the holder; undefined after a release. */
    readonly token: string | undefined,
    /** Until when it is held, in milliseconds since 1970. */
    readonly untilMs: number,
  ) {}
}

/** The twin of acquire-lock.lua. */
export function acquireInMemory(memory: ScriptMemory, key: string, args: readonly ScriptArg[]): readonly number[] {
  const { token, ttlMs, retainMs } = argumentsOf(args);
  const nowMs = msOf(memory);
  const record = recordOf(memory, key);
  const isHeld = record?.token !== undefined && record.untilMs > nowMs;
  if (isHeld && record.token !== token) return [0, record.untilMs - nowMs];
  const fence = isHeld ? record.fence : Math.max(nowMs, (record?.fence ?? 0) + 1);
  memory.set(key, new LockRecord(fence, token, nowMs + ttlMs), ttlMs + retainMs);
  return [1, fence];
}

/** The twin of renew-lock.lua. */
export function renewInMemory(memory: ScriptMemory, key: string, args: readonly ScriptArg[]): number {
  const { token, ttlMs, retainMs } = argumentsOf(args);
  const nowMs = msOf(memory);
  const record = recordOf(memory, key);
  if (record?.token !== token || record.untilMs <= nowMs) return 0;
  memory.set(key, new LockRecord(record.fence, token, nowMs + ttlMs), ttlMs + retainMs);
  return 1;
}

/** The twin of release-lock.lua. */
export function releaseInMemory(memory: ScriptMemory, key: string, [token, retainMs]: readonly ScriptArg[]): number {
  const record = recordOf(memory, key);
  if (record?.token !== String(token)) return 0;
  memory.set(key, new LockRecord(record.fence, undefined, 0), Number(retainMs));
  return record.untilMs > msOf(memory) ? 1 : 0;
}

function argumentsOf([token, ttlMs, retainMs]: readonly ScriptArg[]) {
  return { token: String(token), ttlMs: Number(ttlMs), retainMs: Number(retainMs) };
}

function recordOf(memory: ScriptMemory, key: string): LockRecord | undefined {
  const state = memory.get(key);
  return state instanceof LockRecord ? state : undefined;
}

function msOf({ nowUs }: ScriptMemory): number {
  return Math.floor(nowUs / 1000);
}

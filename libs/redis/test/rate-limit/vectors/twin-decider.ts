import type { ScriptMemory } from '../../../src/domain/cache-store.js';
import { writeRequest } from '../../../src/rate-limiter/script/decide.request.js';
import { DECIDE } from '../../../src/rate-limiter/script/decide.script.js';
import { ABSENT, UNTOUCHED, type Decided, type Decider, type Moment } from './decider.js';

/** The twin of decide.lua on the test clock, through the same encoded requests and replies. */
export class TwinDecider implements Decider {
  private readonly memory = new SteppedMemory();

  async decide(moment: Moment): Promise<Decided> {
    return this.decideNow(moment);
  }

  decideNow({ nowUs, sentAtUs, notAfterUs, subjects, expired }: Moment): Decided {
    const { memory } = this;
    for (const key of expired) memory.delete(key);
    memory.begin(nowUs);
    const keys = subjects.map(({ key }) => key);
    const reply = DECIDE.parse(DECIDE.twin?.(memory, keys, [notAfterUs, writeRequest(subjects, sentAtUs)]));
    return { reply, ttlsMs: keys.map((key) => memory.ttlMs(key)) };
  }
}

class SteppedMemory implements ScriptMemory {
  nowUs = 0;
  private readonly states = new Map<string, unknown>();
  private readonly ttls = new Map<string, number>();

  begin(nowUs: number): void {
    this.nowUs = nowUs;
    this.ttls.clear();
  }

  ttlMs(key: string): number {
    if (!this.states.has(key)) return ABSENT;
    return this.ttls.get(key) ?? UNTOUCHED;
  }

  get(key: string): unknown {
    return this.states.get(key);
  }

  set(key: string, state: unknown, ttlMs: number): void {
    this.states.set(key, state);
    this.ttls.set(key, ttlMs);
  }

  delete(key: string): void {
    this.states.delete(key);
  }
}

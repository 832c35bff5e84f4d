import type { ScriptDefinition, ScriptHost } from '../../../src/domain/cache-store.js';
import { DECIDE_LUA } from '../../../src/rate-limiter/script/decide.lua.js';
import { selectPath } from '../../../src/rate-limiter/script/decide.script.js';
import { readReply } from '../../../src/rate-limiter/script/decide.reply.js';
import { writeRequest } from '../../../src/rate-limiter/script/decide.request.js';
import type { Decided, Decider, Moment } from './decider.js';

const REPLACED = [
  ["local time = redis.call('TIME')", 'local time = { ARGV[4], ARGV[5] }'],
  ["redis.call('SET', ", 'set('],
] as const;

/**
 * decide.lua on the test clock: the time is in ARGV[4] (seconds) and ARGV[5] (microseconds), and the keys from ARGV[6] on have expired.
 * It stores keys without a ttl, because the server clock must not matter. Returns the reply and the ttl of each key.
 */
const STEPPED_LUA = `
local ttls = {}
local function set(key, state, px, ttl)
  if px ~= 'PX' then error('a key has no ttl') end
  ttls[key] = tonumber(ttl)
  redis.call('SET', key, state)
end
local function decide()
${REPLACED.reduce((text, [from, to]) => text.replaceAll(from, to), DECIDE_LUA)}
end
for i = 6, #ARGV do redis.call('DEL', ARGV[i]) end
local answer = { decide() }
for i = 1, #KEYS do answer[i + 1] = ttls[KEYS[i]] or redis.call('PTTL', KEYS[i]) end
return answer`;

const STEPPED: ScriptDefinition<Decided> = {
  name: 'STEPPED',
  source: STEPPED_LUA,
  keys: 1,
  parse(answer) {
    const [reply, ...ttlsMs] = answer as [Buffer, ...number[]];
    return { reply: readReply(reply), ttlsMs };
  },
};

/** Whether every use of the server clock in the script was replaced. */
export function usesTestClock(): boolean {
  const isReplaced = REPLACED.every(([from, to]) => DECIDE_LUA.includes(from) && STEPPED_LUA.includes(to));
  const writes = DECIDE_LUA.split("redis.call('SET', ").length;
  return isReplaced && !STEPPED_LUA.includes("'TIME'") && DECIDE_LUA.split("'PX'").length === writes;
}

/** The path that decides a call: always the general one, or the fastest one for the call. */
export const PATHS = { 'the general path': () => 'any', 'the fastest path': selectPath } as const;

/** decide.lua on a server, on the test clock. */
export class LuaDecider implements Decider {
  constructor(
    private readonly scripts: ScriptHost,
    private readonly path: keyof typeof PATHS,
  ) {}

  decide({ nowUs, sentAtUs, notAfterUs, subjects, expired }: Moment): Promise<Decided> {
    const keys = subjects.map(({ key }) => key);
    const seconds = Math.floor(nowUs / 1_000_000);
    const request = [notAfterUs, writeRequest(subjects, sentAtUs), PATHS[this.path](subjects)];
    const args = [...request, seconds, nowUs - seconds * 1_000_000, ...expired];
    return this.scripts.run(STEPPED, keys, args, { deadline: '20s' });
  }
}

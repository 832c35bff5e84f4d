import type { ScriptDefinition, ScriptHost } from '../../../src/domain/cache-store.js';
import { DECIDE_LUA } from '../../../src/rate-limiter/script/decide.lua.js';
import { selectFastPath } from '../../../src/rate-limiter/script/decide.script.js';
import { readReply } from '../../../src/rate-limiter/script/decide.reply.js';
import { writeRequest } from '../../../src/rate-limiter/script/decide.request.js';
import type { Decided, Decider, Moment } from './decider.js';

const REPLACED = [
  ["local time = redis.call('TIME')", 'local time = { ARGV[4], ARGV[5] }'],
  ["redis.call('SET', ", 'set('],
] as const;

/**
 * decide.lua with the time in ARGV[4] (seconds) and ARGV[5] (microseconds). What expires is removed as ARGV[6] on say, and the server
 * lets nothing expire: its own clock has nothing to do with that of the test. Answers the reply, and the time to live of each key.
 */
const STEPPED_LUA = `
local given = {}
local function set(key, state, px, ttl)
  if px ~= 'PX' then error('a key has no end') end
  given[key] = tonumber(ttl)
  redis.call('SET', key, state)
end
local function decide()
${REPLACED.reduce((text, [from, to]) => text.replaceAll(from, to), DECIDE_LUA)}
end
for i = 6, #ARGV do redis.call('DEL', ARGV[i]) end
local answer = { decide() }
for i = 1, #KEYS do answer[i + 1] = given[KEYS[i]] or redis.call('PTTL', KEYS[i]) end
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

/** Whether all of the script that goes by the server's clock was replaced. */
export function goesByTheTest(): boolean {
  const isReplaced = REPLACED.every(([from, to]) => DECIDE_LUA.includes(from) && STEPPED_LUA.includes(to));
  const writes = DECIDE_LUA.split("redis.call('SET', ").length;
  return isReplaced && !STEPPED_LUA.includes("'TIME'") && DECIDE_LUA.split("'PX'").length === writes;
}

/** Which way a call goes: always the long one, or the shortest there is for it. */
export const WAYS = { 'the long way': () => 'any', 'the shortest way': selectFastPath } as const;

/** The script on a server, on a clock that the test sets. */
export class LuaDecider implements Decider {
  constructor(
    private readonly scripts: ScriptHost,
    private readonly way: keyof typeof WAYS,
  ) {}

  decide({ nowUs, toldUs, notAfterUs, subjects, expired }: Moment): Promise<Decided> {
    const keys = subjects.map(({ key }) => key);
    const seconds = Math.floor(nowUs / 1_000_000);
    const request = [notAfterUs, writeRequest(subjects, toldUs), WAYS[this.way](subjects)];
    const args = [...request, seconds, nowUs - seconds * 1_000_000, ...expired];
    return this.scripts.run(STEPPED, keys, args, { deadline: '20s' });
  }
}

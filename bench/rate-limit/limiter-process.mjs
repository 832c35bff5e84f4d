// One limiter per process, like every contestant.
import { dataSet } from '../harness/data-set.mjs';
import { serve } from '../harness/served-process.mjs';
import { drive } from './drive.mjs';

const HOT_KEY = 1;
const limiters = new Map();
let client;
let prefix;

function limiterOf(policies) {
  const name = policies.map((policy) => policy.name).join();
  if (!limiters.has(name)) limiters.set(name, client.limitBy(policies));
  return limiters.get(name);
}

async function isAllowed(limiter, subject) {
  try {
    const decision = await limiter.consume(subject);
    if (!limiter.isByRedis(decision)) throw new Error('a decision was made without Redis');
    return limiter.isAllowed(decision);
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    return false;
  }
}

/** Checks that the limiter allows up to the limit and refuses beyond: otherwise it would do different work. */
async function check(policies) {
  const tight = policies.map((policy, index) => ({ ...policy, name: `tight-${policy.name}`, limit: 3 + index }));
  const limiter = client.limitBy(tight);
  const subject = `${prefix}:check:${policies.length}`;
  for (const expected of [true, true, true, false]) {
    if ((await isAllowed(limiter, subject)) !== expected)
      throw new Error(`${policies.length} policies: ${expected ? 'refused within' : 'allowed beyond'} the limit`);
  }
}

/** A shuffled cycle of keys, so that no key is in flight twice; or one key for all callers. */
function subjectsOf(count) {
  if (count === HOT_KEY) return [`${prefix}:hot`];
  const { keys, order } = dataSet({ prefix, bytes: 100 });
  return Array.from(order, (index) => keys[index]);
}

serve({
  async open({ name, redis, prefix: ownPrefix, policyLists }) {
    const contestant = await import(`./contestants/${name}.mjs`);
    client = await contestant.open(redis);
    prefix = ownPrefix;
    for (const policies of policyLists) await check(policies);
    return contestant.label;
  },
  slice: ({ policies, keys, ...load }) => drive(limiterOf(policies), subjectsOf(keys), load),
});

import { checkPeer, PEERS } from './check-cache/check-peer.mjs';
import { checkAll, replay } from './check-histories/check-histories.mjs';
import { historyArguments } from './check-histories/history-arguments.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';

const HISTORIES = 1_000_000;
const CHECK = inRoot('libs/redis/test/cache-engine/histories/check-histories.ts');
const USAGE = `usage: npm run check:cache -- [--seed <number> | --seed <number>:<index>] [--histories <number>]
       npm run check:cache -- --peer ${PEERS.join('|')}`;

await runScript(async () => {
  const choices = { peer: PEERS };
  const options = historyArguments(process.argv.slice(2), { histories: HISTORIES, usage: USAGE, choices });
  await prepare({ build: false });
  if (options.peer !== undefined) return checkPeer(options.peer);
  return options.index === undefined ? checkAll('CacheService', CHECK, options) : replay(CHECK, options);
});

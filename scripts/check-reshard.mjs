import { checkAll, replay } from './check-histories/check-histories.mjs';
import { historyArguments } from './check-histories/history-arguments.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';

const HISTORIES = 5_000;
/** A history is a whole reshard, so a second thread soon pays. */
const MIN_SHARE = 50;
const CHECK = inRoot('libs/redis/test/reshard/check-histories.ts');
const USAGE = 'usage: npm run check:reshard -- [--seed <number> | --seed <number>:<index>] [--histories <number>]';

await runScript(async () => {
  const options = historyArguments(process.argv.slice(2), { histories: HISTORIES, usage: USAGE });
  await prepare({ build: false });
  return options.index === undefined
    ? checkAll('a reshard', CHECK, { ...options, minShare: MIN_SHARE })
    : replay(CHECK, options);
});

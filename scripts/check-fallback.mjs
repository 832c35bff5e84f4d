import { checkAll, replay } from './check-histories/check-histories.mjs';
import { historyArguments } from './check-histories/history-arguments.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';

const HISTORIES = 100_000;
const CHECK = inRoot('libs/redis/test/fallback-cache/histories/check-histories.ts');
const USAGE = 'usage: npm run check:fallback -- [--seed <number> | --seed <number>:<index>] [--histories <number>]';

await runScript(async () => {
  const options = historyArguments(process.argv.slice(2), { histories: HISTORIES, usage: USAGE });
  await prepare({ build: false });
  return options.index === undefined ? checkAll('FallbackCache', CHECK, options) : replay(CHECK, options);
});

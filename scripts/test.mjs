import { ensureRedisServer } from './ensure-redis-server.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

stopWithNpm();
await runScript(async () => {
  await prepare();
  const server = await ensureRedisServer();
  step(`Testing with ${server}`);
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const { code } = await runCommand(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
    env: { ...process.env, REDIS_SERVER_BIN: server },
    show: true,
  });
  process.exitCode = code;
});

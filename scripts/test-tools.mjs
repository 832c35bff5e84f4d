import { ensureRedisServer } from './ensure-redis-server.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';
import { ensureSystemTools } from './system-tools/ensure-system-tools.mjs';
import { SYSTEM_TOOLS } from './system-tools/system-tools.mjs';

stopWithNpm();
await runScript(async () => {
  await prepare();
  const server = await ensureRedisServer();
  const path = await ensureSystemTools(SYSTEM_TOOLS);
  step(`Testing with ${SYSTEM_TOOLS.map(({ command }) => command).join(', ')}`);
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const words = [vitest, 'run', '--config', 'test/tools/vitest.config.ts', ...process.argv.slice(2)];
  const { code } = await runCommand(process.execPath, words, {
    env: { ...process.env, PATH: path, REDIS_SERVER_BIN: server },
    show: true,
  });
  process.exitCode = code;
});

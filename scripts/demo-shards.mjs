import { findRedisServer } from './redis-server/find-redis-server.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

stopWithNpm();
await runScript(async () => {
  await prepare();
  // Without a server the demo uses memory stores: installing one is more than a user of the demo asks for.
  const server = await findRedisServer();
  if (server !== undefined) process.env.REDIS_SERVER_BIN = server;
});
process.argv.push('--shards');
// Runs in this process, as `npm start` does. The servers end with it.
await import('../apps/demo/dist/main.js');

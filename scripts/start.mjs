import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

stopWithNpm();
await runScript(prepare);
// In this very process: signals, arguments and the exit code are the demo's own, and no child can be left behind.
await import('../apps/demo/dist/main.js');

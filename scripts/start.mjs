import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

stopWithNpm();
await runScript(prepare);
// Runs in this process: the demo gets signals, arguments and the exit code directly, and no child process can survive.
await import('../apps/demo/dist/main.js');

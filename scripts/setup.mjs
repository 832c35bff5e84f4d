import { prepare } from './setup/prepare.mjs';
import { runScript } from './setup/step.mjs';

await runScript(() => prepare({ build: false }));

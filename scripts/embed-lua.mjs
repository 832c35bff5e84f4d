import { embedLua } from './setup/embed-lua.mjs';

// Runs after an installation and before a build or a lint.
embedLua();

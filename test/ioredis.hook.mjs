// For `node --import`: makes `ioredis` another package, for example `ioredis-5.4`, which the environment variable
// TEST_IOREDIS names. Vitest does the same for the code that it transforms; this is for the processes that the tests
// start.
import { register } from 'node:module';

const hooks = `export const resolve = (name, context, next) => next(name === 'ioredis' ? '${process.env.TEST_IOREDIS}' : name, context);`;
if (process.env.TEST_IOREDIS !== undefined) register(`data:text/javascript,${encodeURIComponent(hooks)}`);

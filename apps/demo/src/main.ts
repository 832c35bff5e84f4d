import 'reflect-metadata';
import { startDemo } from './demo.application.js';
import { parseDemoOptions } from './demo.options.js';
import { StartError } from './start.error.js';

try {
  await startDemo(parseDemoOptions(process.argv));
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}

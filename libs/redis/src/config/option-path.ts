import { join } from '../common/options.js';

/** Says where an option stands, for the error that refuses it: `port`, `connection.port`, or the environment variable it came from. */
export type OptionPath = (option: string) => string;

export function optionsUnder(path: string): OptionPath {
  return (option) => join(path, option);
}

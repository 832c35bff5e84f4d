import { join } from '../common/options.js';

/**
 * Returns the path of an option for errors: `port`, `connection.port`, or the environment variable that contains it.
 */
export type OptionPath = (option: string) => string;

/** The paths of options that are members of `path`. */
export function optionsUnder(path: string): OptionPath {
  return (option) => join(path, option);
}

import type { CliIo, OutputStream } from '../cli-io.js';

/** Colours for a terminal; without colours, each function returns its text. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

/** @see https://no-color.org */
export function styleOf({ env }: Pick<CliIo, 'env'>, stream: OutputStream): Style {
  const hasColours = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const between = (start: number, end: number) => (text: string) =>
    hasColours ? `\u001B[${start}m${text}\u001B[${end}m` : text;
  return {
    bold: between(1, 22),
    dim: between(2, 22),
    red: between(31, 39),
    yellow: between(33, 39),
    green: between(32, 39),
  };
}

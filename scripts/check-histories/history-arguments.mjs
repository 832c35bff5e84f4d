import { parseArgs } from 'node:util';
import { SetupError } from '../setup/step.mjs';

/**
 * Parses the arguments of a check with random histories. `--seed 7:42` replays the history with index 42 of the seed 7.
 * @param choices further options with the values that they may have
 */
export function historyArguments(words, { histories: usual, usage, choices = {} }) {
  const string = { type: 'string' };
  const options = Object.fromEntries(['seed', 'histories', ...Object.keys(choices)].map((name) => [name, string]));
  try {
    const { values } = parseArgs({ args: words, options });
    const { seed: text = String(Date.now() % 2 ** 31), histories = String(usual), ...chosen } = values;
    const [seed, index] = text.split(':').map(Number);
    const numbers = [seed, Number(histories), ...(index === undefined ? [] : [index])];
    if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) throw new Error('not a whole number');
    const unknown = Object.keys(chosen).find((name) => !choices[name].includes(chosen[name]));
    if (unknown !== undefined) throw new Error(`unknown ${unknown}`);
    return { seed, index, histories: Number(histories), ...chosen };
  } catch (error) {
    throw new SetupError(`${error.message}\n${usage}`);
  }
}

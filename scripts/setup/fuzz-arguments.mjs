import { parseArgs } from 'node:util';
import { SetupError } from './step.mjs';

/** Parses the seed, the number of cases and the first case of a fuzzer. Without a seed it is random. */
export function fuzzArguments(words, { script, cases: usual }) {
  const string = { type: 'string' };
  try {
    const { values } = parseArgs({ args: words, options: { seed: string, cases: string, from: string } });
    const { seed = String(Date.now() % 2 ** 31), cases = String(usual), from = '0' } = values;
    const numbers = { seed: Number(seed), cases: Number(cases), from: Number(from) };
    const wrong = Object.keys(numbers).find((name) => !Number.isSafeInteger(numbers[name]) || numbers[name] < 0);
    if (wrong !== undefined) throw new Error(`--${wrong} must be a whole number`);
    return numbers;
  } catch (error) {
    throw new SetupError(
      `${error.message}\nusage: npm run ${script} -- [--seed <number>] [--cases <number>] [--from <number>]`,
    );
  }
}

/** Prints the count of each outcome. */
export function printOutcomes(outcomes) {
  for (const [outcome, count] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${String(count).padStart(9)}  ${outcome}`);
  }
}

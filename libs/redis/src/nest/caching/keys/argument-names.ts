import { optionInvalid } from '../../../common/options.js';
import type { TemplateRoots } from './key-template.js';
import type { ParameterNames } from './parameter-names.js';

const INDEX = /^\d{1,3}$/;

/** The roots of a template over the arguments of a method: names of parameters, or indices. */
export class ArgumentNames implements TemplateRoots {
  constructor(private readonly names: ParameterNames) {}

  /** @throws RedisInfraError OPTION_INVALID */
  indexOf(root: string, path: string): number {
    if (INDEX.test(root)) return Number(root);
    // Minifiers rename parameters to single letters, which may be those of other parameters.
    if (root.length === 1)
      throw optionInvalid(
        path,
        `'{${root}}' is a single letter, as minifiers assign: use the index, for example '{0}'`,
      );
    const index = this.names.indexOf(root);
    if (index >= 0) return index;
    const known = this.names.filter((name) => name !== undefined);
    throw optionInvalid(
      path,
      `the method has no parameter '${root}'; known are ${known.join(', ') || 'none'}: correct the name, or use the index, for example '{0}'`,
    );
  }
}

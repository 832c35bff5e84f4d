import type { ExecutionContext } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import type { TemplateRoots } from '../keys/key-template.js';
import { httpExchange } from './http-exchange.js';

/** `:id`, and `*path` of Express 5. */
const PARAMETER = /[:*](\w+)/g;

/** The parameters in the paths of a route, as the roots of templates. */
export class RouteParameters implements TemplateRoots {
  private readonly names: readonly string[];

  constructor(paths: unknown) {
    const texts = [paths].flat(3).filter((path) => typeof path === 'string');
    this.names = texts.flatMap((path) => [...path.matchAll(PARAMETER)].map(([, name = '']) => name));
  }

  /** @throws RedisInfraError OPTION_INVALID */
  indexOf(root: string, path: string): number {
    const index = this.names.indexOf(root);
    if (index >= 0) return index;
    throw optionInvalid(
      path,
      `the route has no parameter '${root}'; known are ${this.names.join(', ') || 'none'}: correct the name, or use a function`,
    );
  }

  /** The values of a request, in the order of `indexOf`. */
  valuesOf(context: ExecutionContext): readonly unknown[] {
    const { params = {} } = httpExchange(context).request;
    return this.names.map((name) => params[name]);
  }
}

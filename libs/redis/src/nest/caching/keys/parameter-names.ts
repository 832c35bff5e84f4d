/** The name of each parameter of a function. Undefined: it has none, or the source does not show it safely. */
export type ParameterNames = readonly (string | undefined)[];

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const OPENING = '([{';
const CLOSING = ')]}';
const QUOTES = '\'"';

/**
 * Reads the names of the parameters from the source of a function. A rest parameter, a destructured one, and every
 * parameter after a regular expression or a template string have no name here.
 */
export function parameterNames(method: object): ParameterNames {
  const source = Function.prototype.toString.call(method);
  const start = parametersAt(source);
  if (start === undefined) return [];
  return splitParameters(source, start).map((text) => {
    const [name = ''] = text.split('=', 1);
    return IDENTIFIER.test(name.trim()) ? name.trim() : undefined;
  });
}

/** The index after the parenthesis that opens the parameters. A computed name may contain parentheses. */
function parametersAt(source: string): number | undefined {
  let at = 0;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === '(') return source.slice(0, at).includes('=>') ? undefined : at + 1;
    at = character === '[' ? (endOfGroup(source, at) ?? source.length) : (skipped(source, at) ?? at + 1);
  }
  return undefined;
}

/** The text of each parameter without comments, up to the first one that is not safe to read. */
function splitParameters(source: string, start: number): string[] {
  const parameters: string[] = [];
  let text = '';
  let at = start;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === ')' || character === ',') {
      if (text.trim() !== '') parameters.push(text);
      if (character === ')') return parameters;
      text = '';
      at++;
      continue;
    }
    const next = OPENING.includes(character) ? endOfGroup(source, at) : (skipped(source, at) ?? at + 1);
    if (next === undefined || isUnsafe(source, at)) return parameters;
    if (!isComment(source, at)) text += source.slice(at, next);
    at = next;
  }
  return [];
}

/** The index after the bracket that closes the one at `start`. Undefined: the group is not safe to read. */
function endOfGroup(source: string, start: number): number | undefined {
  let depth = 0;
  let at = start;
  while (at < source.length) {
    if (isUnsafe(source, at)) return undefined;
    const character = source.charAt(at);
    if (OPENING.includes(character)) depth++;
    if (CLOSING.includes(character) && --depth === 0) return at + 1;
    at = skipped(source, at) ?? at + 1;
  }
  return undefined;
}

/** The index after the comment or the string that begins at `at`. Undefined: neither begins there. */
function skipped(source: string, at: number): number | undefined {
  if (isComment(source, at)) {
    const end = source.startsWith('/*', at) ? source.indexOf('*/', at) + 2 : source.indexOf('\n', at) + 1;
    return end < at ? source.length : end;
  }
  return QUOTES.includes(source.charAt(at)) ? endOfString(source, at) : undefined;
}

function endOfString(source: string, start: number): number {
  const quote = source.charAt(start);
  for (let at = start + 1; at < source.length; at++) {
    if (source.charAt(at) === '\\') at++;
    else if (source.charAt(at) === quote) return at + 1;
  }
  return source.length;
}

function isComment(source: string, at: number): boolean {
  return source.startsWith('//', at) || source.startsWith('/*', at);
}

/** A slash outside a comment may begin a regular expression, and a template string may contain other strings. */
function isUnsafe(source: string, at: number): boolean {
  const character = source.charAt(at);
  return character === '`' || (character === '/' && !isComment(source, at));
}

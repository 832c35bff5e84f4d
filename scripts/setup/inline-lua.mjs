/** A marked function with the comments above it. */
const DEFINITION = /(?:^ *--.*\n)*^ *--@inline\n *local function (\w+)\(([\w, ]*)\)\n *return ([^]*?)\n *end\n\n?/gm;
const SIMPLE = /^[\w.]+$/;
const LITERAL = /^'[^']*'$/;

/**
 * Replaces each call of a function that is marked with a line `--@inline` by the expression of that function, so that a
 * script states a formula once and pays no function call for it. The body is a single `return` of one expression,
 * without comments. An argument is evaluated wherever its parameter stands in the expression, so it must have no side
 * effects.
 *
 * @throws Error when a call has another number of arguments than the function has parameters
 */
export function inlineFunctions(source) {
  const functions = [];
  let text = source.replaceAll(DEFINITION, (_, name, parameters, expression) => {
    functions.push({ name, parameters: parameters.split(', ').filter(Boolean), expression });
    return '';
  });
  // A function may call those before it, so the last one is replaced first.
  for (const inlined of functions.toReversed()) text = withoutCalls(text, inlined);
  return text;
}

function withoutCalls(text, inlined) {
  const calls = new RegExp(`(?<![\\w.])${inlined.name}\\(`, 'g');
  let result = '';
  let from = 0;
  for (let call = calls.exec(text); call !== null; call = calls.exec(text)) {
    const { parts, end } = argumentsAt(text, calls.lastIndex);
    result +=
      text.slice(from, call.index) +
      expanded(
        inlined,
        parts.map((part) => withoutCalls(part, inlined)),
      );
    from = calls.lastIndex = end;
  }
  return result + text.slice(from);
}

/** The arguments of a call whose opening parenthesis is before `from`, and the position after its closing one. */
function argumentsAt(text, from) {
  const parts = [];
  let start = from;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if ('([{'.includes(char)) depth++;
    else if (depth > 0 && ')]}'.includes(char)) depth--;
    else if (depth === 0 && (char === ',' || char === ')')) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
      if (char === ')') return { parts, end: start };
    }
  }
  throw new Error('a call has no closing parenthesis');
}

function expanded({ name, parameters, expression }, parts) {
  if (parts.length !== parameters.length)
    throw new Error(`${name} takes ${parameters.length} arguments, and a call has ${parts.length}`);
  const byName = new Map(parameters.map((parameter, i) => [parameter, operand(parts[i])]));
  return `(${expression.replaceAll(/(?<![\w.'])\w+/g, (word) => byName.get(word) ?? word)})`;
}

function operand(text) {
  return SIMPLE.test(text) || LITERAL.test(text) ? text : `(${text})`;
}

import { optionInvalid } from '../../../common/options.js';
import { encodeArguments } from './argument-encoding.js';

/** Finds the value that the first segment of a placeholder names. */
export interface TemplateRoots {
  /**
   * The position of a root among the values of a call.
   * @throws RedisInfraError OPTION_INVALID when there is no such root
   */
  indexOf(root: string, path: string): number;
}

interface Placeholder {
  /** As written, for messages: `{user.id}`. */
  readonly text: string;
  readonly index: number;
  readonly members: readonly string[];
}

const PART = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const SEGMENT = /^[^\s.{}[\]]+$/;
/** A separator begins with a character that no escape sequence contains: no letter, no digit, no percent sign. */
const SEPARATOR = /^[^\p{L}\p{N}%]/u;
const UNPAIRED_SURROGATE = /\p{Surrogate}/gu;

/**
 * A text with placeholders for the values of a call: `user:{id}:{0.locale}`. `{{` and `}}` are braces.
 *
 * Different texts in the placeholders give different results: a value that contains the first character of a separator
 * between two placeholders, or a percent sign, is percent-encoded.
 */
export class KeyTemplate {
  private readonly literals: string[] = [''];
  private readonly placeholders: Placeholder[] = [];
  private readonly escaped: RegExp;

  /** @throws RedisInfraError OPTION_INVALID with `path` when the template is malformed or names an unknown root */
  constructor(
    template: string,
    roots: TemplateRoots,
    private readonly path: string,
  ) {
    let end = 0;
    for (const match of template.matchAll(PART)) {
      this.addLiteral(template.slice(end, match.index));
      end = match.index + match[0].length;
      this.addPart(match[0], match[1], roots);
    }
    this.addLiteral(template.slice(end));
    this.escaped = this.escapedCharacters();
  }

  /** @throws RedisInfraError OPTION_INVALID when a path leads nowhere; KEY_INVALID when a value cannot be encoded */
  render(values: readonly unknown[]): string {
    let text = this.literals[0] ?? '';
    for (const [at, placeholder] of this.placeholders.entries())
      text += this.textOf(this.resolve(placeholder, values)) + (this.literals[at + 1] ?? '');
    return text;
  }

  private addLiteral(text: string): void {
    const last = this.literals.length - 1;
    this.literals[last] = (this.literals[last] ?? '') + text;
  }

  private addPart(part: string, placeholder: string | undefined, roots: TemplateRoots): void {
    if (part === '{{' || part === '}}') return this.addLiteral(part.charAt(0));
    if (placeholder === undefined)
      throw optionInvalid(this.path, `has an unmatched brace: write '${part}${part}' for a brace`);
    const segments = placeholder.split('.');
    const [root = '', ...members] = segments;
    if (!segments.every((segment) => SEGMENT.test(segment)))
      throw optionInvalid(this.path, `'${part}' is not a placeholder: write '{name}', '{0}' or '{name.member}'`);
    this.placeholders.push({ text: part, index: roots.indexOf(root, this.path), members });
    this.literals.push('');
  }

  private escapedCharacters(): RegExp {
    const separators = this.literals.slice(1, -1);
    for (const [at, separator] of separators.entries()) {
      const [before, after] = [this.placeholders[at]?.text, this.placeholders[at + 1]?.text];
      if (!SEPARATOR.test(separator))
        throw optionInvalid(
          this.path,
          `needs a separator between '${before}' and '${after}' that begins with neither a letter, a digit nor %`,
        );
    }
    const first = separators.map((separator) => String.fromCodePoint(separator.codePointAt(0) ?? 0));
    return new RegExp(
      `[%${first.map((character) => `\\u{${character.codePointAt(0)?.toString(16)}}`).join('')}]`,
      'gu',
    );
  }

  private resolve({ text, index, members }: Placeholder, values: readonly unknown[]): unknown {
    let value = values[index];
    for (const member of members) {
      value = typeof value === 'object' && value !== null ? (Reflect.get(value, member) as unknown) : undefined;
      if (value === undefined)
        throw optionInvalid(this.path, `'${text}' has no value in this call: use a function for optional members`);
    }
    return value;
  }

  /** A value that is not a primitive is encoded after a percent sign that begins no escape sequence: `%null`. */
  private textOf(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.escape(value);
      case 'number':
      case 'bigint':
      case 'boolean':
        return this.escape(Object.is(value, -0) ? '-0' : String(value));
      default:
        return `%${this.escape(encodeArguments([value]))}`;
    }
  }

  private escape(text: string): string {
    return text
      .replaceAll(this.escaped, percentEncoded)
      .replaceAll(UNPAIRED_SURROGATE, (codeUnit) => `%u${codeUnit.charCodeAt(0).toString(16).toUpperCase()}`);
  }
}

function percentEncoded(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}

import { optionInvalid } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { encodeArguments } from '../keys/argument-encoding.js';
import { ArgumentNames } from '../keys/argument-names.js';
import { KeyTemplate } from '../keys/key-template.js';
import { parameterNames } from '../keys/parameter-names.js';
import { storedKey } from '../keys/stored-key.js';
import type { CacheKey, CacheTags } from './cached-method.options.js';
import type { DecoratedMethod, MethodCall } from './decorated-method.js';

/** Returns a text for a call. */
type CallText = (call: MethodCall) => string;

/**
 * Compiles the key of a method. Without a key it is the class, the method and the arguments.
 * @throws RedisInfraError OPTION_INVALID when a template is malformed or names an unknown parameter
 */
export function methodKey(key: CacheKey | undefined, method: DecoratedMethod, path: string): CallText {
  if (key === undefined)
    return ({ self, args }) => storedKey(`${defaultPrefix(self, method, path)}(${encodeArguments(args)})`);
  if (typeof key === 'string') return ofTemplate(key, method, path);
  return ({ self, args }) => {
    const text: unknown = Reflect.apply(key, self, args);
    if (typeof text === 'string') return storedKey(text);
    throw new RedisInfraError('KEY_INVALID', `the function ${path} must return a string, not ${typeof text}`);
  };
}

/**
 * Compiles the tags of a method. Undefined: it has none.
 * @throws RedisInfraError OPTION_INVALID when a template is malformed or names an unknown parameter
 */
export function methodTags(
  tags: CacheTags | undefined,
  method: DecoratedMethod,
  path: string,
): ((call: MethodCall) => readonly string[]) | undefined {
  if (tags === undefined) return undefined;
  if (typeof tags === 'function') return ({ self, args }) => checkTags(Reflect.apply(tags, self, args), path);
  const texts = tags.map((tag, at) => ofTemplate(tag, method, `${path}[${at}]`));
  return (call) => texts.map((text) => text(call));
}

/**
 * The class of the object and the method. An inherited method has another key in each class, because it may read other
 * data there. A method that is called by `super` has another key than the one that overrides it.
 * @throws RedisInfraError OPTION_INVALID for a class without a name
 */
export function defaultPrefix(self: object, { prototype, name }: DecoratedMethod, path: string): string {
  const [own, declaring] = [self.constructor, prototype.constructor];
  if (own.name === '' || declaring.name === '')
    throw optionInvalid(path, 'is required: the class has no name to derive a key from');
  return own === declaring ? `${own.name}.${name}` : `${own.name}:${declaring.name}.${name}`;
}

function ofTemplate(text: string, { source }: DecoratedMethod, path: string): CallText {
  const template = new KeyTemplate(text, new ArgumentNames(parameterNames(source)), path);
  return ({ args }) => storedKey(template.render(args));
}

function checkTags(tags: unknown, path: string): readonly string[] {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags;
  throw optionInvalid(path, 'must return a list of strings');
}

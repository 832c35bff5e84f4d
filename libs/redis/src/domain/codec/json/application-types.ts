import { checkString, join, optionInvalid } from '../../../common/options.js';

/**
 * A class of the application that can be stored. Its name is part of the stored bytes: keep it as long as such values
 * exist.
 */
export interface ApplicationType<T = unknown> {
  /** A unique name of 1 to 64 characters of `[\w.-]`. */
  readonly name: string;
  /** True if the value is of this type. */
  is(value: unknown): value is T;
  /** Returns what is stored for the value: anything that this package can store. */
  toJSON(value: T): unknown;
  /** Returns the value for what was stored. */
  fromJSON(json: unknown): T;
}

const NAME = /^[\w.-]{1,64}$/;

/** The types that an application registered. The first type whose `is` returns true wins. */
export class ApplicationTypes {
  /** The registered types. */
  readonly all: readonly ApplicationType[];
  private readonly byName: ReadonlyMap<string, ApplicationType>;

  /** @throws RedisInfraError OPTION_INVALID with the path of the type */
  constructor(types: readonly ApplicationType[] = [], path = 'types') {
    if (!Array.isArray(types)) throw optionInvalid(path, 'must be an array of types');
    types.forEach((type, i) => checkType(type, `${path}[${i}]`));
    this.all = Object.freeze([...types]);
    this.byName = new Map(types.map((type) => [type.name, type]));
    if (this.byName.size < types.length) throw optionInvalid(path, 'must not contain two types with the same name');
  }

  get isEmpty(): boolean {
    return this.byName.size === 0;
  }

  of(value: object): ApplicationType | undefined {
    for (const type of this.byName.values()) if (type.is(value)) return type;
    return undefined;
  }

  named(name: string): ApplicationType | undefined {
    return this.byName.get(name);
  }
}

function checkType(type: Partial<ApplicationType> | null, path: string): void {
  if (typeof type !== 'object' || type === null)
    throw optionInvalid(path, 'must be an object with name, is, toJSON and fromJSON');
  if (!NAME.test(checkString(type.name, join(path, 'name')))) {
    throw optionInvalid(join(path, 'name'), 'must be 1 to 64 letters, digits, dots, underscores or hyphens');
  }
  for (const member of ['is', 'toJSON', 'fromJSON'] as const) {
    if (typeof type[member] !== 'function') throw optionInvalid(join(path, member), 'must be a function');
  }
}

import { checkString, join, optionInvalid } from '../../../common/options.js';

/** A class of the application's own, by a name that stands in the stored bytes: to be kept for as long as they live. */
export interface ApplicationType<T = unknown> {
  /** `[\w.-]`, 1 to 64 characters; unlike any other. */
  readonly name: string;
  is(value: unknown): value is T;
  /** What is stored; it may itself hold whatever this package can store. */
  toJSON(value: T): unknown;
  fromJSON(json: unknown): T;
}

const NAME = /^[\w.-]{1,64}$/;

/** The types an application registered: a closed list, asked in its order. */
export class ApplicationTypes {
  private readonly byName: ReadonlyMap<string, ApplicationType>;

  /** @throws RedisInfraError OPTION_INVALID with the path of what is wrong. */
  constructor(types: readonly ApplicationType[] = [], path = 'types') {
    if (!Array.isArray(types)) throw optionInvalid(path, 'must be an array of types');
    types.forEach((type, i) => checkType(type, `${path}[${i}]`));
    this.byName = new Map(types.map((type) => [type.name, type]));
    if (this.byName.size < types.length) throw optionInvalid(path, 'must not name two types alike');
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

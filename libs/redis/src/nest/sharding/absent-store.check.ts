import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../common/options.js';

/** Indexes of the constructor arguments, and names of the properties, that are decorated with `@Optional()`. */
const OPTIONAL = { arguments: 'optional:paramtypes', properties: 'optional:properties_metadata' } as const;

type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;

/** The store, or the cleanup, that an instance does not have. */
export interface AbsentStore {
  readonly token: InjectionToken;
  /** The path of the option that decides it. @default 'shards' */
  readonly path?: string;
  /** Why it is absent and what to inject instead, for the message. */
  readonly hint: string;
}

/**
 * Refuses classes and factories that inject the store that an instance does not have. Nest injects undefined, which
 * would fail at the first call. `@Optional()` and `optional: true` are allowed.
 * @throws RedisInfraError OPTION_INVALID that names the class or the token
 */
export function rejectAbsentStore(modules: ModulesContainer, store: AbsentStore): void {
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [...providers.values(), ...controllers.values(), ...injectables.values()]) {
      if (!requires(wrapper, store.token)) continue;
      const injected = typeof store.token === 'function' ? store.token.name : String(store.token);
      throw optionInvalid(store.path ?? 'shards', `${String(wrapper.name)} injects ${injected}, but ${store.hint}`);
    }
  }
}

/** Whether Nest has injected undefined for the token where a value is required. */
function requires(wrapper: Wrapper, token: InjectionToken): boolean {
  const isAbsent = (dependency: Wrapper | undefined): boolean =>
    dependency?.token === token && dependency.instance === undefined;
  const { metatype, inject } = wrapper;
  const optional = (metadata: string): unknown[] => Reflect.getMetadata(metadata, metatype ?? Object) ?? [];
  const inArguments = (wrapper.getCtorMetadata() ?? []).some((dependency, at) => {
    if (!isAbsent(dependency)) return false;
    const given = inject?.[at];
    return inject === undefined || inject === null
      ? !optional(OPTIONAL.arguments).includes(at)
      : !(typeof given === 'object' && 'optional' in given && given.optional);
  });
  const inProperties = (wrapper.getPropertiesMetadata() ?? []).some(
    ({ key, wrapper: dependency }) => isAbsent(dependency) && !optional(OPTIONAL.properties).includes(key),
  );
  return inArguments || inProperties;
}

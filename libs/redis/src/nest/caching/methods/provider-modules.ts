import { Inject } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

/** The property that Nest injects with the `ModuleRef` of a provider. */
const MODULE_REF = Symbol('nestjs-redis-infra:module-ref');

const moduleRefs = new WeakMap<object, ModuleRef>();

/**
 * Makes Nest set the module of each instance of a class, in every scope. The property is an accessor of the
 * prototype, so that instances get no member.
 */
export function injectModuleRef(prototype: object): void {
  if (!(MODULE_REF in prototype))
    Object.defineProperty(prototype, MODULE_REF, {
      configurable: true,
      get(this: object) {
        return moduleRefs.get(this);
      },
      set(this: object, moduleRef: ModuleRef) {
        moduleRefs.set(this, moduleRef);
      },
    });
  Inject(ModuleRef)(prototype, MODULE_REF);
}

/** Sets the module of an object with decorated methods that Nest did not construct, for example of a factory. */
export function bindToModule(provider: unknown, moduleRef: ModuleRef): void {
  if (typeof provider !== 'object' || provider === null || !(MODULE_REF in provider)) return;
  if (!moduleRefs.has(provider)) moduleRefs.set(provider, moduleRef);
}

/** The module that an object belongs to. Undefined: it is no provider of an application. */
export function moduleRefOf(provider: object): ModuleRef | undefined {
  return moduleRefs.get(provider);
}

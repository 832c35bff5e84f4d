import type { OnModuleInit } from '@nestjs/common';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import { checkHttpCaches } from './http/http-caches.check.js';
import { checkCachedMethods } from './methods/cached-methods.check.js';
import { bindToModule } from './methods/provider-modules.js';

/** The applications whose decorators are checked: each instance of the module would check the same ones. */
const checked = new WeakSet<ModulesContainer>();

/** Checks the cache decorators of an application, and finds the providers that Nest did not construct. */
export class CachingStartup implements OnModuleInit {
  /** @throws RedisInfraError OPTION_INVALID when a decorator is invalid in this application */
  constructor(
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
  ) {
    // While providers are created: nothing is connected yet that a failed start would have to close.
    if (checked.has(modules)) return;
    checkCachedMethods(modules);
    checkHttpCaches(modules);
    checked.add(modules);
  }

  /** Binds the objects of factories and values. Nest injects nothing into them. */
  onModuleInit(): void {
    for (const { providers } of this.modules.values())
      for (const { instance } of providers.values()) bindToModule(instance, this.moduleRef);
  }
}

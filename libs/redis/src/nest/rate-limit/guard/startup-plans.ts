import { PATH_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';
import { handlersOf, type HandlerOfClass } from '../policies/application-handlers.js';
import type { HandlerContext } from '../policies/handler-context.js';

// Copied from @nestjs/websockets, @nestjs/microservices and @nestjs/graphql, which are optional.
const WS_GATEWAY = 'websockets:is_gateway';
const WS_MESSAGE = 'message';
const RPC_PATTERNS = 'microservices:pattern';
const FIELD_TYPE = 'graphql:resolver_type';
const FIELD_NAME = 'graphql:resolver_name';

/** The index of `info` among the arguments of a resolver. */
const INFO = 3;

const planned = new WeakSet<ModulesContainer>();

/**
 * Plans all handlers of an application when it starts, so that a mistake in a decorator fails the start and not each
 * request. Handlers of other packages, and of modules that are loaded later, are planned with their first request.
 */
export function planOnce(modules: ModulesContainer, plan: (context: HandlerContext) => void): void {
  if (planned.has(modules)) return;
  planned.add(modules);
  for (const handler of handlersOf(modules)) for (const context of contextsOf(handler)) plan(context);
}

/** One context for each kind of the handler: in a hybrid application a method may handle several kinds. */
function* contextsOf(handler: HandlerOfClass): Generator<HandlerContext> {
  const { type, method } = handler;
  if (Reflect.hasMetadata(PATH_METADATA, type) && Reflect.hasMetadata(PATH_METADATA, method))
    yield contextOf(handler, 'http');
  if (Reflect.hasMetadata(WS_GATEWAY, type) && Reflect.hasMetadata(WS_MESSAGE, method)) yield contextOf(handler, 'ws');
  if (Reflect.hasMetadata(RPC_PATTERNS, method)) yield contextOf(handler, 'rpc');
  const parent: unknown = Reflect.getMetadata(FIELD_TYPE, method);
  if (typeof parent !== 'string') return;
  const name: unknown = Reflect.getMetadata(FIELD_NAME, method) ?? method.name;
  yield contextOf(handler, 'graphql', { parentType: { name: parent }, fieldName: name });
}

function contextOf({ type, method }: HandlerOfClass, kind: string, info?: object): HandlerContext {
  return {
    getClass: () => type,
    getHandler: () => method,
    getType: () => kind,
    getArgByIndex: (index) => (index === INFO ? info : undefined),
  };
}

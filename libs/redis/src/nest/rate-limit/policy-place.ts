import { RequestMethod, VersioningType, type ExecutionContext, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_PATH, PATH_METADATA, VERSION_METADATA } from '@nestjs/common/constants.js';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { printableName } from './printable-name.js';

/** Where a policy without a name stands. Undefined: nothing there has a name that clients know. */
export interface PolicyPlaces {
  readonly ofClass: string | undefined;
  readonly ofHandler: string | undefined;
}

// As @nestjs/websockets and @nestjs/microservices have them; they are optional.
const WS_MESSAGE = 'message';
const RPC_PATTERNS = 'microservices:pattern';

/** Names places by what clients know of them: routes with prefix and version, fields, patterns. Never by classes, which are renamed. */
export class PlaceNames {
  constructor(
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  of(context: ExecutionContext, kind: string): PolicyPlaces {
    const handler = context.getHandler();
    if (kind === 'http') return this.routes(context.getClass(), handler);
    const name = messageName(context, kind, handler);
    const ofHandler = name === undefined ? undefined : printableName(name);
    return { ofClass: ofHandler, ofHandler };
  }

  private routes(controller: Type, handler: object): PolicyPlaces {
    const path = firstOf(Reflect.getMetadata(PATH_METADATA, controller));
    const handlerPath = firstOf(Reflect.getMetadata(PATH_METADATA, handler));
    if (path === undefined || handlerPath === undefined) return { ofClass: undefined, ofHandler: undefined };
    const fallback = this.config.getVersioning()?.defaultVersion;
    const ofClass: unknown = Reflect.getMetadata(VERSION_METADATA, controller) ?? fallback;
    const ofHandler: unknown = Reflect.getMetadata(VERSION_METADATA, handler) ?? ofClass;
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const under = [this.modulePath(controller), path];
    return {
      ofClass: printableName(this.template(ofClass, under)),
      ofHandler: printableName(`${method} ${this.template(ofHandler, [...under, handlerPath])}`),
    };
  }

  /** A version is in the path only where clients ask for it there; else it stands behind. */
  private template(version: unknown, parts: readonly string[]): string {
    const versioning = this.config.getVersioning();
    // VERSION_NEUTRAL is a symbol: whoever asks for it names no version.
    const text = [version]
      .flat()
      .filter((one) => typeof one === 'string')
      .join('+');
    const prefix = this.config.getGlobalPrefix();
    if (versioning === undefined || text === '') return route([prefix, ...parts]);
    if (versioning.type !== VersioningType.URI) return `${route([prefix, ...parts])} v${text}`;
    return route([prefix, `${versioning.prefix === false ? '' : (versioning.prefix ?? 'v')}${text}`, ...parts]);
  }

  /** What `RouterModule` put in front of the routes of the controller's module. */
  private modulePath(controller: Type): string {
    const module = [...this.modules.values()].find(({ controllers }) => controllers.has(controller));
    if (module === undefined) return '';
    const own: unknown = Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, module.metatype);
    return firstOf(own ?? Reflect.getMetadata(MODULE_PATH, module.metatype)) ?? '';
  }
}

function messageName(context: ExecutionContext, kind: string, handler: object): string | undefined {
  if (kind === 'graphql') return fieldName(context.getArgByIndex(3));
  if (kind !== 'ws' && kind !== 'rpc') return undefined;
  const pattern: unknown = Reflect.getMetadata(kind === 'ws' ? WS_MESSAGE : RPC_PATTERNS, handler);
  const [first] = [pattern].flat();
  return first === undefined ? undefined : `${kind} ${patternText(first)}`;
}

function fieldName(info: { parentType?: { name?: string }; fieldName?: string } | undefined): string | undefined {
  const { parentType, fieldName: field } = info ?? {};
  return parentType?.name === undefined || field === undefined ? undefined : `${parentType.name}.${field}`;
}

/** `{ cmd: 'sum' }` is `{cmd:sum}`, in whatever order its members stand. */
function patternText(pattern: unknown): string {
  if (typeof pattern !== 'object' || pattern === null) return String(pattern);
  const members = Object.entries(pattern)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${patternText(value)}`);
  return `{${members.join(' ')}}`;
}

function route(parts: readonly string[]): string {
  return `/${parts.flatMap((part) => part.split('/').filter((segment) => segment !== '')).join('/')}`;
}

function firstOf(path: unknown): string | undefined {
  const [first] = [path].flat();
  return typeof first === 'string' ? first : undefined;
}

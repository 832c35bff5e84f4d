import { RequestMethod, VersioningType, type Type } from '@nestjs/common';
import {
  HOST_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { isRecord } from '../../../common/records.js';
import type { HandlerContext } from './handler-context.js';
import { printableName } from './printable-name.js';

/** The default names of policies without a name. Undefined: nothing there has a name that clients know. */
export interface DefaultPolicyNames {
  readonly ofClass: string | undefined;
  readonly ofHandler: string | undefined;
}

// Copied from @nestjs/websockets and @nestjs/microservices, which are optional.
const WS_MESSAGE = 'message';
const WS_PORT = 'port';
const WS_OPTIONS = 'websockets:gateway_options';
const RPC_PATTERNS = 'microservices:pattern';

/**
 * Derives default names from what clients use: routes with host, prefix and version, fields, patterns. Not from class
 * names: renaming a class would reset its counts.
 */
export class PolicyNamer {
  constructor(
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  namesOf(context: HandlerContext, kind: string): DefaultPolicyNames {
    const handler = context.getHandler();
    if (kind === 'http') return this.routes(context.getClass(), handler);
    const name = messageName(context, kind, handler);
    const ofHandler = name === undefined ? undefined : printableName(name);
    return { ofClass: ofHandler, ofHandler };
  }

  private routes(controller: Type, handler: object): DefaultPolicyNames {
    const path = firstOf(Reflect.getMetadata(PATH_METADATA, controller));
    const handlerPath = firstOf(Reflect.getMetadata(PATH_METADATA, handler));
    if (path === undefined || handlerPath === undefined) return { ofClass: undefined, ofHandler: undefined };
    const fallback = this.config.getVersioning()?.defaultVersion;
    const ofClass: unknown = Reflect.getMetadata(VERSION_METADATA, controller) ?? fallback;
    const ofHandler: unknown = Reflect.getMetadata(VERSION_METADATA, handler) ?? ofClass;
    const method = RequestMethod[Number(Reflect.getMetadata(METHOD_METADATA, handler))];
    const host = hostText(Reflect.getMetadata(HOST_METADATA, controller));
    const under = [this.modulePath(controller), path];
    return {
      ofClass: printableName(host + this.template(ofClass, under)),
      ofHandler: printableName(`${method} ${host}${this.template(ofHandler, [...under, handlerPath])}`),
    };
  }

  /** A URI version is part of the path; any other version is appended. */
  private template(version: unknown, parts: readonly string[]): string {
    const versioning = this.config.getVersioning();
    // VERSION_NEUTRAL is a symbol: its clients send no version.
    const text = [version]
      .flat()
      .filter((name) => typeof name === 'string')
      .join('+');
    const prefix = this.config.getGlobalPrefix();
    if (versioning === undefined || text === '') return route([prefix, ...parts]);
    if (versioning.type !== VersioningType.URI) return `${route([prefix, ...parts])} v${text}`;
    return route([prefix, `${versioning.prefix === false ? '' : (versioning.prefix ?? 'v')}${text}`, ...parts]);
  }

  /** The path that `RouterModule` sets for the module of the controller. */
  private modulePath(controller: Type): string {
    const module = [...this.modules.values()].find(({ controllers }) => controllers.has(controller));
    if (module === undefined) return '';
    const own: unknown = Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, module.metatype);
    return firstOf(own ?? Reflect.getMetadata(MODULE_PATH, module.metatype)) ?? '';
  }
}

function messageName(context: HandlerContext, kind: string, handler: object): string | undefined {
  if (kind === 'graphql') return fieldName(context.getArgByIndex(3));
  if (kind !== 'ws' && kind !== 'rpc') return undefined;
  const pattern: unknown = Reflect.getMetadata(kind === 'ws' ? WS_MESSAGE : RPC_PATTERNS, handler);
  const [first] = [pattern].flat();
  if (first === undefined) return undefined;
  const gateway = kind === 'ws' ? gatewayText(context.getClass()) : '';
  return `${kind} ${gateway === '' ? '' : `${gateway} `}${patternText(first)}`;
}

/** The port, path and namespace of a gateway, as far as they are set. */
function gatewayText(gateway: Type): string {
  const port: unknown = Reflect.getMetadata(WS_PORT, gateway);
  const options: unknown = Reflect.getMetadata(WS_OPTIONS, gateway);
  const set = isRecord(options) ? [options.path, options.namespace] : [];
  const parts = set.filter((part) => part !== undefined).map(String);
  return (typeof port === 'number' && port > 0 ? `:${port}` : '') + (parts.length === 0 ? '' : route(parts));
}

/** A controller may have several hosts. */
function hostText(host: unknown): string {
  return [host ?? ''].flat().map(String).join('+');
}

/** `info` is the fourth argument of a resolver. */
function fieldName(info: unknown): string | undefined {
  if (!isRecord(info) || !isRecord(info.parentType)) return undefined;
  const [type, field] = [info.parentType.name, info.fieldName];
  return typeof type === 'string' && typeof field === 'string' ? `${type}.${field}` : undefined;
}

/** `{ cmd: 'sum' }` becomes `{cmd:sum}`. Members are sorted. */
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

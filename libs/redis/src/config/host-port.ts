import { isIPv6 } from 'node:net';
import { checkInteger, checkOptions, checkString, join, optionInvalid } from '../common/options.js';
import type { RedisNode } from './redis-config.options.js';

/** An address with nothing left out. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const NOT_IN_A_HOST = /[\s\p{Cc}/\\@,?#%:[\]]/u;
const BRACKETED = /^\[([^[\]]*)\](?::(.*))?$/s;
const PLAIN = /^([^:[\]]*)(?::([^:]*))?$/s;

export const HOST_PORT_FORM = "must be 'host', 'host:port' or '[IPv6 address]:port'";

/** A name or an address alone. The text itself never reaches the message: what was mistaken for a host may hold a password. */
export function checkHost(value: unknown, path: string): string {
  const host = checkString(value, path);
  if (isIPv6(host)) return host;
  if (NOT_IN_A_HOST.test(host)) {
    throw optionInvalid(
      path,
      'must be a host name or an IP address alone (an IPv6 address without brackets, the port apart)',
    );
  }
  return host;
}

export function checkPort(value: unknown, path: string): number {
  return checkInteger(value, path, { min: 1, max: 65535 });
}

/** A port or another number written in digits; undefined if it is not. */
export function digits(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export interface HostPortReading {
  readonly path: string;
  /** Where a bad port is reported. @default path */
  readonly portPath?: string | undefined;
  /** Applied to the host after it was cut out. */
  readonly decode?: ((text: string) => string) | undefined;
}

/** Reads `host`, `host:port`, `[::1]` or `[::1]:port`. A bare IPv6 address is refused: its last group could be meant as the port. */
export function parseHostPort(text: string, reading: HostPortReading): RedisNode {
  const { path, portPath = path, decode = (raw) => raw } = reading;
  const bracketed = BRACKETED.exec(text);
  const parts = bracketed ?? PLAIN.exec(text);
  if (parts === null) throw optionInvalid(path, HOST_PORT_FORM);
  const [, rawHost = '', rawPort] = parts;
  const host = decode(rawHost);
  if (bracketed !== null && !isIPv6(host)) throw optionInvalid(path, 'must have an IPv6 address between the brackets');
  checkHost(host, path);
  return rawPort === undefined ? { host } : { host, port: checkPort(digits(rawPort), portPath) };
}

/** Checks a list of addresses and fills in the ports that were left out. */
export function resolveNodes(list: unknown, path: string, defaultPort: number): readonly HostPort[] {
  if (!Array.isArray(list) || list.length === 0) throw optionInvalid(path, 'must be a list of at least one address');
  return list.map((node: unknown, index) => resolveNode(node, `${path}[${index}]`, defaultPort));
}

function resolveNode(node: unknown, path: string, defaultPort: number): HostPort {
  if (typeof node === 'string') {
    const { host, port = defaultPort } = parseHostPort(node, { path, portPath: join(path, 'port') });
    return { host, port };
  }
  checkOptions(node, ['host', 'port'], path);
  const { host, port = defaultPort } = node as Partial<RedisNode>;
  return { host: checkHost(host, join(path, 'host')), port: checkPort(port, join(path, 'port')) };
}

/** `host:port`, an IPv6 address in brackets. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

import { isIPv6 } from 'node:net';
import { checkInteger, checkOptions, checkString, join, optionInvalid } from '../common/options.js';
import type { RedisNode } from './redis-config.options.js';

/** An address with host and port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const NOT_IN_A_HOST = /[\s\p{Cc}/\\@,?#%:[\]]/u;
const BRACKETED = /^\[([^[\]]*)\](?::(.*))?$/s;
const PLAIN = /^([^:[\]]*)(?::([^:]*))?$/s;

/** The accepted forms of an address, for errors. */
export const HOST_PORT_FORM = "must be 'host', 'host:port' or '[IPv6 address]:port'";

/** Checks a host name or an IP address. The error never contains the text, which may be a URL with a password. */
export function checkHost(value: unknown, path: string): string {
  const host = checkString(value, path);
  if (isIPv6(host)) return host;
  if (NOT_IN_A_HOST.test(host)) {
    throw optionInvalid(
      path,
      'must be a host name or an IP address (IPv6 without brackets; the port is a separate option)',
    );
  }
  return host;
}

export function checkPort(value: unknown, path: string): number {
  return checkInteger(value, path, { min: 1, max: 65535 });
}

/** The number that a text of digits represents; undefined for any other text. */
export function digits(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The options of `parseHostPort`. */
export interface HostPortReading {
  /** The path of the address, for errors. */
  readonly path: string;
  /** The path of the port, for errors. @default path */
  readonly portPath?: string | undefined;
  /** Applied to the host before it is checked. @default no decoding */
  readonly decode?: ((text: string) => string) | undefined;
}

/**
 * Parses `host`, `host:port`, `[::1]` or `[::1]:port`. An IPv6 address without brackets is refused, because its last
 * group could be a port.
 * @throws RedisInfraError OPTION_INVALID
 */
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

/**
 * Checks a list of addresses and adds the default port to those without a port.
 * @throws RedisInfraError OPTION_INVALID
 */
export function resolveNodes(list: unknown, path: string, defaultPort: number): readonly HostPort[] {
  if (!Array.isArray(list) || list.length === 0) throw optionInvalid(path, 'must be a list of at least one address');
  return list.map((node: unknown, index) => resolveNode(node, `${path}[${index}]`, defaultPort));
}

function resolveNode(node: unknown, path: string, defaultPort: number): HostPort {
  if (typeof node === 'string') {
    const { host, port = defaultPort } = parseHostPort(node, { path, portPath: join(path, 'port') });
    return { host, port };
  }
  const { host, port = defaultPort } = checkOptions(node, ['host', 'port'], path);
  return { host: checkHost(host, join(path, 'host')), port: checkPort(port, join(path, 'port')) };
}

/** `host:port`, with an IPv6 address in brackets. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

import { checkInteger, checkString, optionInvalid } from '../common/options.js';
import { digits, parseHostPort } from './host-port.js';
import { MAX_DATABASE, type RedisMode, type RedisNode } from './redis-config.options.js';

/** The options in a URL. A part that the URL leaves out is missing. */
export interface UrlParts {
  readonly mode: RedisMode;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: true;
  readonly nodes?: readonly RedisNode[];
  readonly sentinels?: readonly RedisNode[];
  readonly sentinelName?: string;
}

/** The parts of a URL before they are decoded. */
interface RawUrl {
  readonly userInfo: string;
  readonly hosts: string;
  readonly path: string;
  readonly query: string;
}

type Form = 'server' | 'socket' | 'sentinel' | 'cluster' | 'memory';

const SCHEMES: Readonly<Record<string, { readonly form: Form; readonly tls?: true }>> = {
  redis: { form: 'server' },
  rediss: { form: 'server', tls: true },
  'redis+unix': { form: 'socket' },
  'redis+sentinel': { form: 'sentinel' },
  'rediss+sentinel': { form: 'sentinel', tls: true },
  'redis+cluster': { form: 'cluster' },
  'rediss+cluster': { form: 'cluster', tls: true },
  memory: { form: 'memory' },
};
const SCHEME_LIST = Object.keys(SCHEMES)
  .map((scheme) => `${scheme}://`)
  .join(', ');

const ENCODE_HINT = 'in a user name or password the characters / ? # @ : and white space must be percent-encoded';

/**
 * Parses a connection URL. `new URL` cannot be used, because it refuses lists of hosts and quotes the whole text in its
 * error. Here only the scheme appears in a message, because any other part may belong to a password that is not
 * encoded.
 * @throws RedisInfraError OPTION_INVALID with `path`
 */
export function parseConnectionUrl(url: unknown, path: string): UrlParts {
  const text = checkString(url, path);
  if (/[\s\p{Cc}]/u.test(text)) throw optionInvalid(path, `must not contain white space; ${ENCODE_HINT}`);
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === '') throw optionInvalid(path, `must begin with a scheme: ${SCHEME_LIST}`);
  const definition = Object.hasOwn(SCHEMES, scheme.toLowerCase()) ? SCHEMES[scheme.toLowerCase()] : undefined;
  if (definition === undefined) {
    throw optionInvalid(path, `has the unknown scheme '${scheme}'; known are ${SCHEME_LIST}`);
  }
  const { form, tls } = definition;
  const parts = PARSERS[form](split(rest, form, path), path);
  return tls === undefined ? parts : { ...parts, tls };
}

const PARSERS: Readonly<Record<Form, (raw: RawUrl, path: string) => UrlParts>> = {
  server(raw, path) {
    const node = parseHost(raw.hosts, path);
    return {
      mode: 'standalone',
      ...node,
      ...credentials(raw.userInfo, path),
      ...database(segments(raw.path, 1, path)[0], raw.query, path),
    };
  },
  socket(raw, path) {
    if (raw.hosts !== '') throw optionInvalid(path, `must have the form redis+unix:///path/to/socket; ${ENCODE_HINT}`);
    const socket = decode(raw.path, path);
    if (socket === '' || socket === '/') throw optionInvalid(path, 'must name the path of a socket');
    return {
      mode: 'standalone',
      path: socket,
      ...credentials(raw.userInfo, path),
      ...database(undefined, raw.query, path),
    };
  },
  sentinel(raw, path) {
    const [name, db] = segments(raw.path, 2, path);
    return {
      mode: 'sentinel',
      sentinels: parseHosts(raw.hosts, path),
      ...(name === undefined ? {} : { sentinelName: name }),
      ...credentials(raw.userInfo, path),
      ...database(db, raw.query, path),
    };
  },
  cluster(raw, path) {
    const { db = 0 } = database(segments(raw.path, 1, path)[0], raw.query, path);
    if (db !== 0) throw optionInvalid(path, 'must not name a database: a cluster has only database 0');
    return { mode: 'cluster', nodes: parseHosts(raw.hosts, path), ...credentials(raw.userInfo, path) };
  },
  memory(raw, path) {
    if (Object.values(raw).some((part: string) => part !== '')) {
      throw optionInvalid(path, 'must be memory:// and nothing more');
    }
    return { mode: 'memory' };
  },
};

function split(rest: string, form: Form, path: string): RawUrl {
  if (rest.includes('#')) throw optionInvalid(path, `must not contain '#'; ${ENCODE_HINT}`);
  const [beforeQuery, query] = cut(rest, '?');
  const slash = beforeQuery.indexOf('/');
  const authority = slash === -1 ? beforeQuery : beforeQuery.slice(0, slash);
  const pathname = slash === -1 ? '' : beforeQuery.slice(slash);
  // An '@' after the hosts means that an unencoded character split the credentials. The path of a socket may contain an
  // '@'.
  if (query.includes('@') || (form !== 'socket' && pathname.includes('@'))) {
    throw optionInvalid(path, `has an '@' after its hosts; ${ENCODE_HINT}`);
  }
  const at = authority.lastIndexOf('@');
  return { userInfo: authority.slice(0, Math.max(at, 0)), hosts: authority.slice(at + 1), path: pathname, query };
}

function credentials(userInfo: string, path: string): { username?: string; password?: string } {
  const [rawUsername, rawPassword] = cut(userInfo, ':');
  const [username, password] = [decode(rawUsername, path), decode(rawPassword, path)];
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function parseHosts(hosts: string, path: string): readonly RedisNode[] {
  return hosts.split(',').map((host) => parseHost(host, path));
}

function parseHost(text: string, path: string): RedisNode {
  if (text.includes(',')) {
    throw optionInvalid(path, 'must name one host; for several hosts use redis+cluster:// or redis+sentinel://');
  }
  if (text === '' || /^:(?!:)/.test(text)) throw optionInvalid(path, `must name a host; ${ENCODE_HINT}`);
  return parseHostPort(text, { path, decode: (raw) => decode(raw, path) });
}

/** The decoded segments of the path, at most `max` of them. One slash at the end is ignored. */
function segments(pathname: string, max: number, path: string): readonly string[] {
  const parts = pathname.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (parts.length === 1 && parts[0] === '') return [];
  if (parts.length > max || parts.includes('')) {
    throw optionInvalid(path, `has a path with too many or empty parts; ${ENCODE_HINT}`);
  }
  return parts.map((part) => decode(part, path));
}

/** The database from the path or from `?db=`, which is the only parameter. */
function database(segment: string | undefined, query: string, path: string): { db?: number } {
  const [name, value] = cut(query, '=');
  if (query !== '' && (name !== 'db' || value.includes('&'))) {
    throw optionInvalid(path, 'has an unknown parameter; only db is allowed, once');
  }
  if (query !== '' && segment !== undefined) throw optionInvalid(path, 'names the database twice');
  const text = query === '' ? segment : value;
  if (text === undefined) return {};
  const db = digits(text);
  if (db === undefined) throw optionInvalid(path, `must have a whole number as its database; ${ENCODE_HINT}`);
  return { db: checkInteger(db, path, { min: 0, max: MAX_DATABASE }) };
}

function decode(text: string, path: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Without a cause, because no part of the text may be in the error.
    throw optionInvalid(path, "has a '%' without a valid percent-encoding; write a literal '%' as %25");
  }
}

/** The text before and after the first `mark`; without a mark, the whole text and an empty one. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Commands that are named together with their subcommand, for example `CLIENT INFO`. */
const CONTAINERS: ReadonlySet<string> = new Set(['client', 'cluster', 'acl', 'config']);
const MAX_CHARACTERS = 200;

interface CommandOfReply {
  readonly name: string;
  readonly args: readonly string[];
}

/** The command of an error reply, in capitals: `SELECT`, `CLIENT INFO`; undefined when ioredis does not name it. */
export function stepOf(reply: Error): string | undefined {
  const command = commandOf(reply);
  if (command === undefined) return undefined;
  const { name, args } = command;
  return (CONTAINERS.has(name.toLowerCase()) ? `${name} ${args[0]}` : name).toUpperCase();
}

/** The first argument of the command of an error reply: for SELECT, the number of the database. */
export function firstArgumentOf(reply: Error): string {
  return commandOf(reply)?.args[0] ?? '';
}

/**
 * The text of an error reply without secrets. Servers quote arguments in some replies (`with args beginning with:
 * 'user' 'password'`), which are removed. From a reply to a command with credentials everything that may be part of
 * them is removed.
 */
export function wordsOf(reply: Error): string {
  const printable = reply.message.replace(/\p{Cc}/gu, ' ');
  const words = printable.replace(/,? with args.*$/i, '').slice(0, MAX_CHARACTERS);
  const secrets = credentialsOf(reply);
  if (secrets.length === 0) return words.trim();
  const unquoted = words.replace(/['"`].*$/, '').trim();
  return secrets.some((secret) => unquoted.includes(secret)) ? firstWord(unquoted) : unquoted;
}

/**
 * The first word of an error reply if it is in capitals, as that of Redis is; otherwise `ERR`, because it may be data.
 */
export function firstWord(message: string): string {
  return /^[A-Z][A-Z_]*(?=\s|$)/.exec(message)?.[0] ?? 'ERR';
}

/** Whether the command of an error reply contained a user name or a password. */
export function carriesCredentials(reply: Error): boolean {
  return credentialsOf(reply).length > 0;
}

function credentialsOf(reply: Error): readonly string[] {
  const command = commandOf(reply);
  const name = command?.name.toLowerCase();
  const args = command?.args ?? [];
  if (name === 'auth') return args;
  const at = name === 'hello' ? args.findIndex((arg) => arg.toUpperCase() === 'AUTH') : -1;
  return at === -1 ? [] : args.slice(at + 1, at + 3);
}

function commandOf(reply: Error): CommandOfReply | undefined {
  const command = 'command' in reply ? reply.command : undefined;
  if (typeof command !== 'object' || command === null || !('name' in command)) return undefined;
  const args: readonly unknown[] = 'args' in command && Array.isArray(command.args) ? command.args : [];
  return { name: String(command.name), args: args.map(textOf) };
}

function textOf(arg: unknown): string {
  return typeof arg === 'number' || Buffer.isBuffer(arg) ? arg.toString() : typeof arg === 'string' ? arg : '';
}

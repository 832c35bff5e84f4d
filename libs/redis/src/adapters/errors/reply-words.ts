/** Commands whose subcommand belongs to the name: `CLIENT INFO`. */
const CONTAINERS: ReadonlySet<string> = new Set(['client', 'cluster', 'acl', 'config']);
const MOST_CHARACTERS = 200;

interface CommandOfReply {
  readonly name: string;
  readonly args: readonly string[];
}

/** The command that an error reply answers, in capitals: `SELECT`, `CLIENT INFO`; undefined where ioredis does not name it. */
export function stepOf(reply: Error): string | undefined {
  const command = commandOf(reply);
  if (command === undefined) return undefined;
  const { name, args } = command;
  return (CONTAINERS.has(name.toLowerCase()) ? `${name} ${args[0]}` : name).toUpperCase();
}

/** The first argument of the command that an error reply answers: the number of a database, for SELECT. */
export function firstArgumentOf(reply: Error): string {
  return commandOf(reply)?.args[0] ?? '';
}

/**
 * The words of an error reply, safe to show. Servers quote arguments in some replies (`with args beginning with: 'user' 'password'`),
 * so these are cut off; of a reply to credentials nothing is left that could be one of them.
 */
export function wordsOf(reply: Error): string {
  const printable = reply.message.replace(/\p{Cc}/gu, ' ');
  const words = printable.replace(/,? with args.*$/i, '').slice(0, MOST_CHARACTERS);
  const secrets = credentialsOf(reply);
  if (secrets.length === 0) return words.trim();
  const unquoted = words.replace(/['"`].*$/, '').trim();
  return secrets.some((secret) => unquoted.includes(secret)) ? firstWord(unquoted) : unquoted;
}

/** Redis begins every error with a word in capitals; anything else may be data. */
export function firstWord(message: string): string {
  return /^[A-Z][A-Z_]*(?=\s|$)/.exec(message)?.[0] ?? 'ERR';
}

/** Whether the command that an error reply answers carried a user or a password. */
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

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readReply } from '../../src/testing/redis-process/reply.js';

/** The proxy closes the connection instead of answering. */
export const HANG_UP = Symbol('hang up');

/** The proxy answers `OK` without executing the command. */
export const IGNORED = Symbol('ignored');

/** The text of an error reply without its `-`, `IGNORED`, or `HANG_UP`. */
export type ScriptedAnswer = string | typeof HANG_UP | typeof IGNORED;

/** Answers by command, alone or with its subcommand, in capitals: `{ INFO: 'ERR unknown command', 'CLIENT KILL': HANG_UP }`. */
export type Script = Readonly<Record<string, ScriptedAnswer>>;

/**
 * A RESP proxy in front of a real redis-server. It answers the commands of its script itself and forwards all others. The server must
 * not require a password: it receives a scripted command as ECHO, whose reply marks the position of the scripted answer.
 */
export class ScriptedProxy {
  /** The commands that clients sent, in order and in capitals, with the subcommand if there is one: `CLIENT INFO`. */
  readonly commands: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
    /** May be replaced at any time. */
    public script: Script,
  ) {
    listener.on('connection', (client) => new ScriptedConnection(client, this.dial(client), this));
  }

  /** Starts a proxy in front of a port of 127.0.0.1. */
  static async start(target: number, script: Script): Promise<ScriptedProxy> {
    const listener = createServer().listen(0, '127.0.0.1').unref();
    await once(listener, 'listening');
    return new ScriptedProxy(listener, target, script);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** The scripted answer to a command; undefined for a forwarded command. */
  answerTo(words: readonly string[]): ScriptedAnswer | undefined {
    const [name = '', subcommand = ''] = words.map((word) => word.toUpperCase());
    const full = `${name} ${subcommand}`;
    this.commands.push(CONTAINERS.has(name) ? full : name);
    return this.script[full] ?? this.script[name];
  }

  stop(): void {
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private dial(client: Socket): Socket {
    const server = connect(this.target, '127.0.0.1');
    for (const socket of [client, server]) {
      this.sockets.add(socket.unref());
      socket.once('close', () => this.sockets.delete(socket));
    }
    return server;
  }
}

const CONTAINERS: ReadonlySet<string> = new Set(['CLIENT', 'CLUSTER', 'CONFIG', 'ACL']);

class ScriptedConnection {
  private requests = Buffer.alloc(0);
  private replies = Buffer.alloc(0);
  /** Scripted answers that wait for earlier replies. */
  private readonly waiting: { readonly mark: Buffer; readonly answer: ScriptedAnswer }[] = [];
  private marks = 0;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly proxy: ScriptedProxy,
  ) {
    client.on('data', (bytes: Buffer) => this.request(bytes));
    server.on('data', (bytes: Buffer) => this.reply(bytes));
    client.on('error', () => {}).on('close', () => server.destroy());
    server.on('error', () => {}).on('close', () => client.destroySoon());
  }

  private request(bytes: Buffer): void {
    this.requests = Buffer.concat([this.requests, bytes]);
    for (let read = readReply(this.requests, 0); read !== undefined; read = readReply(this.requests, 0)) {
      const raw = this.requests.subarray(0, read.end);
      this.requests = this.requests.subarray(read.end);
      const answer = this.proxy.answerTo((read.reply as readonly string[]).map(String));
      if (answer === undefined) this.server.write(raw);
      else this.mark(answer);
    }
  }

  private mark(answer: ScriptedAnswer): void {
    const text = `scripted-answer-${++this.marks}`;
    const bulk = `$${text.length}\r\n${text}\r\n`;
    this.waiting.push({ mark: Buffer.from(bulk), answer });
    this.server.write(`*2\r\n$4\r\nECHO\r\n${bulk}`);
  }

  private reply(bytes: Buffer): void {
    this.replies = Buffer.concat([this.replies, bytes]);
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      const at = this.replies.indexOf(next.mark);
      if (at === -1) return;
      this.client.write(this.replies.subarray(0, at));
      this.replies = this.replies.subarray(at + next.mark.length);
      this.waiting.shift();
      if (next.answer === HANG_UP) return void this.client.end();
      this.client.write(next.answer === IGNORED ? '+OK\r\n' : `-${next.answer}\r\n`);
    }
    this.client.write(this.replies);
    this.replies = Buffer.alloc(0);
  }
}

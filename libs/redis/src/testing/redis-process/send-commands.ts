import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { readReply, type Reply } from './reply.js';

/** A command's name and arguments. */
export type CommandWords = readonly (string | number)[];

export interface ServerAddress {
  /** A port of 127.0.0.1. */
  readonly port: number;
  /** TLS options; undefined means no TLS. */
  readonly tls?: ConnectionOptions | undefined;
}

const TIMEOUT_MS = 2000;

/** The server closed the connection before its last reply. */
export class ConnectionLost extends Error {
  constructor(
    message: string,
    /** False if the server cannot have received the commands. */
    readonly isSent: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/**
 * Sends commands as one write over a new connection, and resolves with the replies in order, error replies included. It
 * is small on purpose: it serves the few commands of a test's set-up, and depends on no client.
 * @throws ConnectionLost when the server closes the connection before the last reply.
 * @throws Error when a reply is missing after 2 s, or nothing listens on the port.
 */
export function sendCommands(address: ServerAddress, commands: readonly CommandWords[]): Promise<readonly Reply[]> {
  return new Promise((resolve, reject) => {
    const socket = open(address);
    const replies: Reply[] = [];
    let bytes = Buffer.alloc(0);
    let isSent = false;
    const end = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const at = `127.0.0.1:${address.port}`;
    const fail = (problem: string, cause?: unknown): void => end(new Error(`${at}: ${problem}`, { cause }));
    const lost = (problem: string, cause?: unknown): void =>
      end(new ConnectionLost(`${at}: ${problem}`, isSent, cause));
    const timer = setTimeout(() => fail(`no reply to ${commands.at(-1)?.[0]} within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
    socket.once(address.tls === undefined ? 'connect' : 'secureConnect', () => (isSent = true));
    socket.once('error', (error) => (isLoss(error) ? lost(error.message, error) : fail(error.message, error)));
    socket.once('close', () => lost('the connection closed before the last reply'));
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        for (let read = readReply(bytes, 0); read !== undefined; read = readReply(bytes, 0)) {
          replies.push(read.reply);
          bytes = bytes.subarray(read.end);
        }
      } catch (error) {
        return fail(error instanceof Error ? error.message : String(error), error);
      }
      if (replies.length < commands.length) return;
      clearTimeout(timer);
      resolve(replies);
      socket.destroy();
    });
    socket.write(commands.map(encode).join(''));
  });
}

function isLoss({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function open({ port, tls }: ServerAddress): Socket {
  if (tls !== undefined) return connectTls({ ...tls, host: '127.0.0.1', port });
  return connectTcp({ host: '127.0.0.1', port, noDelay: true });
}

function encode(words: CommandWords): string {
  const bulks = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join('')}`;
}

import type { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { Duration } from '../../common/duration.js';
import type { CliIo } from '../cli-io.js';
import { ask, type Answer, type ServerNode } from '../connection/server-nodes.js';
import { ServerInfo } from '../connection/server-info.js';
import type { Finding } from './finding.js';

/** One server, and what a check needs. */
export interface Examination {
  readonly node: ServerNode;
  /** Undefined if the server does not allow INFO. */
  readonly info: ServerInfo | undefined;
  readonly adapter: RedisAdapter;
  readonly keyPrefix: string;
  /** The most keys that a check reads. */
  readonly sample: number;
  readonly io: CliIo;
  /** Sends a command to the server. @throws RedisInfraError if it does not answer */
  readonly ask: (...command: string[]) => Promise<Answer>;
}

/** Looks at one aspect of a server. */
export type Check = (examination: Examination) => Finding[] | Promise<Finding[]>;

export interface ExaminationParts extends Pick<Examination, 'node' | 'adapter' | 'keyPrefix' | 'sample' | 'io'> {
  readonly timeout: Duration;
}

/** Begins to examine a server. @throws RedisInfraError if it does not answer */
export async function examine({ timeout, ...parts }: ExaminationParts): Promise<Examination> {
  const { node, io } = parts;
  const send = (...command: string[]): Promise<Answer> => ask(node, command, { timeout, signal: io.signal });
  const answer = await send('INFO');
  return { ...parts, ask: send, info: answer.ok ? new ServerInfo(String(answer.value)) : undefined };
}

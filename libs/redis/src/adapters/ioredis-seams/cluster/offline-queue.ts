/**
 * Seam: `cluster.sendCommand`.
 * Why: the offline queue of the cluster is on, because without it ioredis refuses a command that meets a node which is
 * connecting. Commands of other callers must not wait in that queue while the cluster is not ready.
 * Upstream: ioredis `lib/cluster/index.ts` (`sendCommand`).
 */
import type { Cluster, Command } from 'ioredis';
import { SentCommand } from '../../wire/sent-command.js';

/**
 * Refuses the commands of other callers while the cluster is not ready. The link and the send guards keep ours out of
 * the queue.
 */
export function refuseUntilReady(client: Cluster): void {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command: Command, stream, node: unknown) => {
    const passes = client.status === 'ready' || command instanceof SentCommand || command.name === 'cluster';
    if (passes) return send(command, stream, node);
    command.reject(new Error("Cluster isn't ready and enableOfflineQueue options is false"));
    return command.promise;
  };
}

import type { ConnectionFence } from '../client/connection-fence.js';

/**
 * The fences of the nodes of a cluster. A node that returns keeps its fence, which knows the previous connection. The
 * fences outlive a client, because the commands that the client sent do as well.
 */
export class NodeFences {
  private readonly fences = new Map<string, ConnectionFence>();

  constructor(private readonly create: () => ConnectionFence) {}

  /** The fence of a node (`host:port`). */
  of(node: string): ConnectionFence {
    let fence = this.fences.get(node);
    if (fence === undefined) this.fences.set(node, (fence = this.create()));
    return fence;
  }
}

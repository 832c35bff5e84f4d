import { connect, createServer, type Server } from 'node:net';

/** A proxy that counts the chunks in which requests arrive: as many as the client made writes, if it waits between them. */
export class ChunkCounter {
  chunks = 0;
  private readonly server: Server;

  private constructor(target: number) {
    this.server = createServer((socket) => {
      const upstream = connect(target, '127.0.0.1');
      socket.on('data', (data) => {
        this.chunks++;
        upstream.write(data);
      });
      upstream.pipe(socket);
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
  }

  /** @param target a port of 127.0.0.1 */
  static async start(target: number): Promise<ChunkCounter> {
    const counter = new ChunkCounter(target);
    await new Promise<void>((resolve) => counter.server.listen(0, '127.0.0.1', resolve));
    return counter;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return `redis://127.0.0.1:${address.port}`;
  }

  stop(): void {
    this.server.close();
  }
}

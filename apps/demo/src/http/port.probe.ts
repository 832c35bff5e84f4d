import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from '../start.error.js';

/** The address to listen on. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/**
 * Listens briefly on the address of the application, so that an address in use is reported in one sentence, before the database is loaded.
 * @throws StartError when the address is not available
 */
export async function probePort({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} of ${host} is in use: choose another port with --port (0 takes a free one).`);
    }
    throw new StartError(`Cannot listen on port ${port} of ${host}: ${message}.`);
  }
  server.close();
  await once(server, 'close');
}

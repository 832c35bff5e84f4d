import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from '../start.error.js';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/**
 * Listens for a moment where the application is going to, so that an address that cannot be had is told before the database is
 * loaded, and in one sentence.
 * @throws StartError
 */
export async function probePort({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} of ${host} is in use: choose another with --port (0 takes a free one).`);
    }
    throw new StartError(`Listening on port ${port} of ${host} is not possible: ${message}.`);
  }
  server.close();
  await once(server, 'close');
}

import { connect } from 'node:net';

const ATTEMPT_MS = 10;

/** Waits until the server at that port answers, be it to refuse: then it is up, and not loading any more. */
export async function waitUntilReady(port: number, givenUp: () => Error | undefined, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ping(port).catch(() => '');
    if (/^(\+PONG|-NOAUTH|-DENIED)/.test(answer)) return;
    const error =
      givenUp() ??
      (performance.now() > end ? new Error(`redis-server was not ready within ${withinMs} ms`) : undefined);
    if (error !== undefined) throw error;
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
  }
}

function ping(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('close', () => reject(new Error('closed')));
  });
}

// The load: plain sockets that send the next request after a complete response. A real HTTP client would use the CPU of
// the server.
import { connect } from 'node:net';
import { once } from 'node:events';
import { KEYS } from '../harness/data-set.mjs';
import { seededRandom, shuffled } from '../harness/random.mjs';
import { serve } from '../harness/served-process.mjs';

const STATUS_OK = 'HTTP/1.1 200 ';
const order = shuffled(KEYS, seededRandom(1));
const requests = Array.from({ length: KEYS }, (_, index) =>
  Buffer.from(`GET /${index} HTTP/1.1\r\nhost: bench\r\n\r\n`),
);
const connectionsByPort = new Map();

class Connection {
  #socket;
  #answersVary;
  #expected = 0;
  #received = 0;
  #done = () => {};

  constructor(socket, answersVary) {
    this.#socket = socket;
    this.#answersVary = answersVary;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => this.#done(new Error('the server closed a connection')));
  }

  /** Resolves when the response is complete, or rejects. */
  request(bytes) {
    return new Promise((resolve, reject) => {
      this.#done = (error) => (error ? reject(error) : resolve());
      this.#socket.write(bytes);
    });
  }

  #receive(chunk) {
    if (this.#received === 0) {
      const status = chunk.toString('latin1', 0, STATUS_OK.length);
      if (status !== STATUS_OK) return this.#done(new Error(`answered ${status}`));
      if (this.#expected === 0 || this.#answersVary) this.#expected = answerLength(chunk);
    }
    this.#received += chunk.length;
    if (this.#received < this.#expected) return undefined;
    if (this.#received > this.#expected) return this.#done(new Error('a response is longer than its content-length'));
    this.#received = 0;
    return this.#done();
  }
}

/**
 * If all responses have the same length, it is parsed once per connection and counted afterwards. The head is in the
 * first chunk.
 */
function answerLength(chunk) {
  const text = chunk.toString('latin1');
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  return headEnd + Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))[1]);
}

/** On Linux all of 127.0.0.0/8 is this machine; on other systems only the first address is. */
const ownAddress = (index) => (process.platform === 'linux' ? `127.0.1.${index + 1}` : '127.0.0.1');

async function open({ port, localAddress, answersVary }) {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  await once(socket, 'connect');
  return new Connection(socket, answersVary);
}

serve({
  async open({ port, connections, hasOwnAddresses, answersVary }) {
    const openOne = (_, index) =>
      open({ port, answersVary, localAddress: hasOwnAddresses ? ownAddress(index) : undefined });
    connectionsByPort.set(port, await Promise.all(Array.from({ length: connections }, openOne)));
  },
  async run({ port, ms }) {
    let sent = 0;
    const until = performance.now() + ms;
    const loop = async (connection) => {
      while (performance.now() < until) await connection.request(requests[order[sent++ % KEYS]]);
    };
    await Promise.all(connectionsByPort.get(port).map(loop));
  },
});

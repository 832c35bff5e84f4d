// The load: bare sockets that send the next request when the answer is complete. A real HTTP client would take the CPU the server needs.
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
  #expected = 0;
  #received = 0;
  #done = () => {};

  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => this.#done(new Error('the server closed a connection')));
  }

  /** Resolves with the answer complete, or rejects. */
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
      this.#expected ||= answerLength(chunk);
    }
    this.#received += chunk.length;
    if (this.#received < this.#expected) return undefined;
    if (this.#received > this.#expected) return this.#done(new Error('an answer is longer than the others'));
    this.#received = 0;
    return this.#done();
  }
}

/** All values have one length, so all answers have: measured once per connection, counted from then on. */
function answerLength(chunk) {
  const text = chunk.toString('latin1');
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  return headEnd + Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))[1]);
}

async function open(port) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return new Connection(socket);
}

serve({
  async open({ port, connections }) {
    connectionsByPort.set(port, await Promise.all(Array.from({ length: connections }, () => open(port))));
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

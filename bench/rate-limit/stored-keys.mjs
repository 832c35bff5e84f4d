import { connect } from 'node:net';

/** How many keys a database holds. Asked by hand, because a client of its own would be one more in the process that is measured. */
export async function storedKeys({ host, port, database }) {
  const socket = connect(port, host);
  socket.end(`SELECT ${database}\r\nDBSIZE\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return Number(/^:(\d+)\r\n/m.exec(answer)[1]);
}

import { connect } from 'node:net';

/**
 * The number of keys of a database. It writes the command to a socket, because a client would add load to the measured
 * process.
 */
export async function storedKeys({ host, port, database }) {
  const socket = connect(port, host);
  socket.end(`SELECT ${database}\r\nDBSIZE\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return Number(/^:(\d+)\r\n/m.exec(answer)[1]);
}

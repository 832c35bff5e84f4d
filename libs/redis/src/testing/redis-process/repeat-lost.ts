import { ConnectionLost } from './send-commands.js';

const MAX_ATTEMPTS = 5;

/**
 * Sends again after the server closed the connection. Redis does that to its clients when Sentinels promote it, at any
 * moment of a command.
 * @param isQuery the command changes nothing. Another command is sent again only if the server cannot have received it.
 * @throws ConnectionLost of the fifth attempt
 */
export async function repeatLost<T>(send: () => Promise<T>, isQuery: boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const mayRepeat = error instanceof ConnectionLost && (isQuery || !error.isSent);
      if (!mayRepeat || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

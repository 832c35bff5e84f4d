import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { own } from './owned-processes.mjs';

// Far above any slice: it only ends a run in which a client hangs.
const CALL_TIMEOUT_MS = 30_000;

/**
 * The parent side of calls over IPC. `module` is a URL; the child may print to stderr only, stdout belongs to the
 * report.
 */
export class ServedChild {
  #child;
  #label;
  #waiting = new Map();
  #lastId = 0;

  /** @param flags options of Node.js */
  constructor(module, label, flags = []) {
    this.#label = label;
    this.#child = own(fork(fileURLToPath(module), [], { stdio: ['ignore', 2, 2, 'ipc'], execArgv: flags }));
    this.#child.on('message', ({ id, result, error }) => {
      this.#settle(id, error === undefined ? undefined : new Error(`${label}: ${error}`), result);
    });
    this.#child.on('exit', (code, signal) => {
      const error = new Error(`${label}: ended early (${signal ?? `exit code ${code}`})`);
      for (const id of [...this.#waiting.keys()]) this.#settle(id, error);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  call(method, argument) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id, new Error(`${this.#label}: no answer to ${method} within ${CALL_TIMEOUT_MS / 1000} s`)),
        CALL_TIMEOUT_MS,
      );
      this.#waiting.set(id, { resolve, reject, timer });
      this.#child.send({ id, method, argument }, (error) => error && this.#settle(id, error));
    });
  }

  stop() {
    if (this.#child.connected) this.#child.disconnect();
  }

  #settle(id, error, result) {
    const call = this.#waiting.get(id);
    if (call === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(call.timer);
    if (error) call.reject(error);
    else call.resolve(result);
  }
}

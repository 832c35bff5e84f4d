import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/**
 * A shell in a separate session kills the servers that outlive this process. It reads `+ pid` and `- pid` from a pipe,
 * which closes however this process ends, even by SIGKILL. Then it kills the remaining servers and removes the folder.
 */
const WATCHER = `
left=' '
while read -r sign pid; do
  case $sign in
    +) left="$left$pid " ;;
    -) rest=' '
       for item in $left; do [ "$item" = "$pid" ] || rest="$rest$item "; done
       left=$rest ;;
  esac
done
[ "$left" = ' ' ] || kill -KILL $left
rm -rf -- "$1"
`;

interface Guard {
  /** The folder for the files of all servers of this process. */
  readonly folder: string;
  readonly pipe: Writable;
  readonly children: Set<ChildProcess>;
}

let guard: Guard | undefined;

/** Creates a folder for the files of one server. It is removed when this process ends, however it ends. */
export function guardedFolder(): string {
  guard ??= startGuard();
  return mkdtempSync(join(guard.folder, 'server-'));
}

/** Makes sure that the child neither outlives this process nor keeps it alive. */
export function guardProcess(child: ChildProcess): void {
  guard ??= startGuard();
  const { pipe, children } = guard;
  children.add(child);
  pipe.write(`+ ${child.pid}\n`);
  child.once('exit', () => {
    children.delete(child);
    pipe.write(`- ${child.pid}\n`);
  });
  child.unref();
  unref(child.stdout);
  unref(child.stderr);
}

/** The pipes of a child are sockets, which keep this process alive until they are unreferenced. */
function unref(pipe: Readable | Writable | null): void {
  if (pipe instanceof Socket) pipe.unref();
}

function startGuard(): Guard {
  const folder = mkdtempSync(join(tmpdir(), 'redis-servers-'));
  const children = new Set<ChildProcess>();
  // If there is no shell, or it was killed, the 'exit' handler below is the only protection.
  const watcher = spawn('/bin/sh', ['-c', WATCHER, 'sh', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.once('error', () => {});
  watcher.unref();
  const pipe = watcher.stdin;
  pipe.on('error', () => {});
  unref(pipe);
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, pipe, children };
}

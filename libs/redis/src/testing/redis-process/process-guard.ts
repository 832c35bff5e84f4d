import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What may outlive this process is ended for it by a shell of its own session: it reads `+ pid` and `- pid` from this process, and
 * the end of that pipe comes however this process ends, also by SIGKILL. Then it kills what is left and removes the folder.
 */
const WATCHER = `
left=' '
while read -r sign pid; do
  case $sign in
    +) left="$left$pid " ;;
    -) rest=' '
       for one in $left; do [ "$one" = "$pid" ] || rest="$rest$one "; done
       left=$rest ;;
  esac
done
[ "$left" = ' ' ] || kill -KILL $left
rm -rf -- "$1"
`;

interface Guard {
  /** Where the servers of this process keep their files. */
  readonly folder: string;
  readonly pipe: Socket;
  readonly children: Set<ChildProcess>;
}

let guard: Guard | undefined;

/** A folder for the files of one server. It is removed when this process ends, however it does. */
export function guardedFolder(): string {
  guard ??= startGuard();
  return mkdtempSync(join(guard.folder, 'server-'));
}

/** Makes sure that the child does not outlive this process, and that it does not keep this process from ending. */
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
  (child.stdout as Socket | null)?.unref();
  (child.stderr as Socket | null)?.unref();
}

function startGuard(): Guard {
  const folder = mkdtempSync(join(tmpdir(), 'redis-servers-'));
  const children = new Set<ChildProcess>();
  // Where there is no shell, or it was killed, what follows 'exit' is all the protection there is.
  const watcher = spawn('/bin/sh', ['-c', WATCHER, 'sh', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.once('error', () => {});
  watcher.unref();
  const pipe = watcher.stdin as Socket;
  pipe.on('error', () => {});
  pipe.unref();
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, pipe, children };
}

/** The exit codes of the command line. */
export const EXIT = {
  /** The command did what it was asked to. */
  ok: 0,
  /** It failed. */
  error: 1,
  /** An argument, an option or an environment variable is wrong. Nothing was sent. */
  usage: 2,
  /** `doctor` has findings that need attention. */
  findings: 3,
  /** Redis cannot be reached, or refuses the credentials. */
  unreachable: 4,
  /** Only a part was done. */
  partial: 5,
  /** SIGINT or SIGTERM ended it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

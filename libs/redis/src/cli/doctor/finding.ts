/** How much a finding matters. From `warning` on it needs attention. */
export type Severity = 'ok' | 'note' | 'warning' | 'error';

/** The names of the checks. */
export const CHECKS = [
  'connection',
  'version',
  'role',
  'eviction',
  'memory',
  'persistence',
  'expiry',
  'latency',
  'clock',
  'permissions',
  'scripts',
  'tracking',
] as const;

export type CheckName = (typeof CHECKS)[number];

/** A result of a check. */
export interface Finding {
  readonly check: CheckName;
  readonly severity: Severity;
  /** What is the case. */
  readonly message: string;
  /** What to do. */
  readonly remedy?: string | undefined;
  /** The node of a Cluster that it is about. */
  readonly node?: string | undefined;
}

/** Whether a finding needs attention. */
export function needsAttention({ severity }: Finding): boolean {
  return severity === 'warning' || severity === 'error';
}

/** A finding that a check could not be made. */
export function unchecked(check: CheckName, rule: string): Finding {
  return {
    check,
    severity: 'note',
    message: `Not checked: the server does not let this user call ${rule}.`,
    remedy: `Run doctor with a user that may call ${rule}, or check it by hand.`,
  };
}

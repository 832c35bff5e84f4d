import { optionInvalid } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** A phase is not entered before all processes have left the one before its neighbour. */
export function phaseSkipped(phase: number, first: number): RedisInfraError {
  return optionInvalid('reshard.phase', `must not be ${phase} yet: phase ${first} has to come first`);
}

/** Processes are in a phase that the next one must not run beside. */
export function phaseInUse(phase: number, others: number, inPhase: number): RedisInfraError {
  const processes = others === 1 ? '1 process is' : `${others} processes are`;
  return optionInvalid(
    'reshard.phase',
    `must not be ${phase} yet: ${processes} still in phase ${inPhase}; one that was killed counts for 15 s`,
  );
}

/** The stamps belong to another move, or to other shards. */
export function otherMove(shard: string): RedisInfraError {
  return optionInvalid(
    'reshard',
    `shard '${shard}' carries the stamp of other shards, or its keys are moved to other shards: finish that move, or take it back`,
  );
}

/** A process that knows only one of the lists of shards cannot move keys between them. */
export function needsBothLists(): RedisInfraError {
  return optionInvalid('reshard', 'the process must be created with the shards before the move to enter this phase');
}

/** The application has disconnected the shards. */
export function shardsDisconnected(): RedisInfraError {
  return new RedisInfraError('CLOSED', 'the shards were disconnected before they were in the phase');
}

/** Other processes change the phase at the same time. */
export function phaseContended(): RedisInfraError {
  return new RedisInfraError('COMMAND_FAILED', 'other processes change the phase of the reshard: call it again', {
    retryable: true,
    outcome: 'not-executed',
  });
}

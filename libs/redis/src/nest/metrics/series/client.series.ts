import type { AdapterSnapshot } from '../../../adapters/redis/adapter-snapshot.js';
import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';
import { clientLabel, shardLabel } from './labels.js';
import type { Sample, Series } from './series.js';

const CIRCUITS = ['read', 'write'] as const;
const STATES = ['closed', 'open', 'half-open', 'isolated'] as const;

/** The series of the connections, by client: the instance, or one of its shards. */
export const CLIENT_SERIES: readonly Series[] = [
  {
    name: 'redis_adapter_up',
    help: '1 while the connection is up and the server is used, else 0.',
    type: 'gauge',
    combine: 'min',
    labels: ['client'],
    samples: ofEach(({ status }) => [[[], status.state === 'up' ? 1 : 0]]),
  },
  {
    name: 'redis_adapter_in_flight',
    help: 'Commands sent and not answered yet.',
    type: 'gauge',
    labels: ['client'],
    samples: ofEach(({ status }) => [[[], status.pool.inFlight]]),
  },
  {
    name: 'redis_adapter_reconnects_total',
    help: 'Connections that were established again.',
    type: 'counter',
    labels: ['client'],
    samples: ofEach(({ status }) => [[[], status.pool.reconnects]]),
  },
  {
    name: 'redis_adapter_errors_total',
    help: 'Failures of the server and the connection, and calls that were refused without a command, by error code.',
    type: 'counter',
    labels: ['client', 'kind'],
    samples: ofEach(({ errors }) => Object.entries(errors).map(([code, count]) => [[code], count])),
  },
  {
    name: 'redis_breaker_state',
    help: '1 for the state that a circuit is in, else 0. In a Cluster a circuit is open while that of one node is.',
    type: 'gauge',
    combine: 'max',
    labels: ['client', 'circuit', 'state'],
    samples: ofEach(({ status }) =>
      CIRCUITS.flatMap((circuit) =>
        STATES.map((state): Sample<number> => [[circuit, state], status.circuits[circuit] === state ? 1 : 0]),
      ),
    ),
  },
  {
    name: 'redis_breaker_transitions_total',
    help: 'Changes of a circuit, by the state that it changed to. Each probe of an open circuit is one to half-open.',
    type: 'counter',
    labels: ['client', 'circuit', 'to'],
    samples: ofEach(({ transitions }) =>
      CIRCUITS.flatMap((circuit) =>
        STATES.map((state): Sample<number> => [[circuit, state], transitions[circuit][state] ?? 0]),
      ),
    ),
  },
  {
    name: 'redis_retries_total',
    help: 'Commands that were sent again.',
    type: 'counter',
    labels: ['client'],
    samples: ofEach(({ status }) => [[[], status.retries]]),
  },
];

/** The samples of each client, with its label in front. */
function ofEach(
  samples: (client: AdapterSnapshot) => readonly Sample<number>[],
): (instance: InstanceSnapshot) => readonly Sample<number>[] {
  return (instance) => {
    const of = (client: AdapterSnapshot, label: string): Sample<number>[] =>
      samples(client).map(([labels, value]) => [[label, ...labels], value]);
    const own = instance.client === undefined ? [] : of(instance.client, clientLabel(instance));
    const shards = instance.shards.flatMap((s, at) => of(s, clientLabel(instance, shardLabel(s.id, at))));
    return [...own, ...shards];
  };
}

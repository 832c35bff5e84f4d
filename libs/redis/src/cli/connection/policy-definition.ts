import { readFile } from 'node:fs/promises';
import { isRecord } from '../../common/records.js';
import type { PolicyOptions } from '../commands/rate-limit.command.js';
import { UsageError } from '../usage.error.js';

/**
 * The definition of a policy, from options or from a file. It is not checked yet: the limiter does that.
 * @throws UsageError
 */
export async function policyDefinition(
  name: string,
  options: PolicyOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { policyFile, limit, window, algorithm, burst, timeZone } = options;
  const own = {
    limit,
    window: window !== undefined && /^\d+$/.test(window) ? Number(window) : window,
    algorithm,
    burst,
    timeZone,
  };
  const isDefined = Object.values(own).some((value) => value !== undefined);
  if (policyFile === undefined) {
    if (limit !== undefined && window !== undefined) return { name, ...own };
    throw new UsageError('The definition of the policy is missing: pass --limit and --window, or --policy-file.');
  }
  if (isDefined) throw new UsageError('Pass either --policy-file or the definition of the policy, not both.');
  const policies = await readPolicies(policyFile);
  const found = policies.find((policy) => policy['name'] === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `--policy-file has no policy of this name; it has: ${policies.map((policy) => String(policy['name'])).join(', ')}.`,
  );
}

async function readPolicies(file: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new UsageError(`--policy-file ${reason}.`, { cause: error });
  }
  const list = isRecord(content) ? content['policies'] : content;
  if (Array.isArray(list) && list.every(isRecord)) return list;
  throw new UsageError('--policy-file must be a list of policies, or an object with the member policies.');
}

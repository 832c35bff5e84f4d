import { deciding } from '../../../rate-limiter/decision/decisions.js';
import type { PolicyDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import { percentEncoded } from '../policies/printable-name.js';
import type { HeaderStyle } from '../policies/rate-limit.options.js';

/** Sets a response header. Implemented by the HTTP adapters of Nest. */
export interface HeaderWriter {
  setHeader(response: object, name: string, value: string): unknown;
}

/** The header texts of a policy that are the same for every response. */
interface PolicyText {
  readonly limit: number;
  readonly burst: number;
  readonly windowMs: number;
  /** The name, quoted. */
  readonly name: string;
  /** The item of RateLimit-Policy. */
  readonly item: string;
}

/** The largest integer of a structured field. @see https://www.rfc-editor.org/rfc/rfc9651#section-3.3.1 */
const MAX_SF_INTEGER = 999_999_999_999_999;
/** Bounds the cache. Names come from code, so there are few, unless an application generates them per request. */
const MAX_TEXTS = 1000;

/**
 * Writes the rate limit headers of a response. Shadow policies are left out: they never refuse.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export class RateLimitHeaders {
  private readonly texts = new Map<string, PolicyText>();
  private readonly concurrent = new Set<string>();
  private readonly draft: boolean;
  private readonly legacy: boolean;

  constructor(style: HeaderStyle) {
    this.draft = style === 'draft' || style === 'both';
    this.legacy = style === 'legacy' || style === 'both';
  }

  /** Marks a `concurrency` policy, which has no window. */
  markConcurrent(name: string): void {
    this.concurrent.add(name);
  }

  write(writer: HeaderWriter, response: object, policies: readonly PolicyDecision[]): void {
    if (this.draft) this.writeDraft(writer, response, policies);
    if (this.legacy) writeLegacy(writer, response, policies);
  }

  private writeDraft(writer: HeaderWriter, response: object, policies: readonly PolicyDecision[]): void {
    let quotas = '';
    let state = '';
    for (const decision of policies) {
      if (decision.shadow) continue;
      const { name, item } = this.textOf(decision);
      const comma = quotas === '' ? '' : ', ';
      quotas += comma + item;
      state += `${comma}${name};r=${integer(Math.floor(decision.remaining))}`;
      if (!this.concurrent.has(decision.policy)) state += `;t=${seconds(decision.resetMs)}`;
    }
    // RFC 9651 serialises an empty list as no header.
    if (quotas === '') return;
    writer.setHeader(response, 'RateLimit-Policy', quotas);
    writer.setHeader(response, 'RateLimit', state);
  }

  private textOf(decision: PolicyDecision): PolicyText {
    const { policy, limit, burst, windowMs } = decision;
    const cached = this.texts.get(policy);
    if (cached?.limit === limit && cached.burst === burst && cached.windowMs === windowMs) return cached;
    const name = quoted(policy);
    const { quota, overMs } = quotaOf(decision);
    const unit = this.concurrent.has(policy) ? ';qu="concurrent-requests"' : `;w=${Math.max(1, seconds(overMs))}`;
    const text = { limit, burst, windowMs, name, item: `${name};q=${integer(quota)}${unit}` };
    if (this.texts.size >= MAX_TEXTS) this.texts.clear();
    this.texts.set(policy, text);
    return text;
  }
}

/**
 * With a burst above the limit, the quota is the burst over its refill time: otherwise `remaining` could exceed the
 * quota.
 */
function quotaOf({ limit, burst, windowMs }: PolicyDecision): { readonly quota: number; readonly overMs: number } {
  return burst > limit ? { quota: burst, overMs: (windowMs * burst) / limit } : { quota: limit, overMs: windowMs };
}

/** Whole seconds, rounded up, so that a client that waits this long is not early. */
export function seconds(ms: number): number {
  return integer(Math.ceil(ms / 1000));
}

/**
 * Reports one policy: the one that refuses longest, otherwise the one with the least remaining. Reset is in seconds
 * from now.
 */
function writeLegacy(writer: HeaderWriter, response: object, policies: readonly PolicyDecision[]): void {
  const enforced = policies.filter(({ shadow }) => !shadow);
  if (enforced.length === 0) return;
  const strictest = deciding(
    enforced,
    enforced.every(({ allowed }) => allowed),
  );
  writer.setHeader(response, 'X-RateLimit-Limit', String(quotaOf(strictest).quota));
  writer.setHeader(response, 'X-RateLimit-Remaining', String(integer(Math.floor(strictest.remaining))));
  writer.setHeader(response, 'X-RateLimit-Reset', String(seconds(strictest.resetMs)));
}

/** A string of RFC 9651, which allows printable ASCII only. */
function quoted(name: string): string {
  return `"${name.replaceAll(/[^\x20-\x7e]/gu, percentEncoded).replaceAll(/["\\]/g, '\\$&')}"`;
}

function integer(value: number): number {
  return Math.min(Math.max(value, 0), MAX_SF_INTEGER);
}

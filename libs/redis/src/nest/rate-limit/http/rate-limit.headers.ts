import { deciding } from '../../../rate-limiter/decision/decisions.js';
import type { PolicyDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import { percentEncoded } from '../policies/printable-name.js';
import type { HeaderStyle } from '../policies/rate-limit.options.js';

/** Puts a header on an answer; the adapters of Nest can. */
export interface HeaderWriter {
  setHeader(response: object, name: string, value: string): unknown;
}

/** What stays the same of a policy from answer to answer. */
interface PolicyText {
  readonly limit: number;
  readonly burst: number;
  readonly windowMs: number;
  /** Its name, quoted. */
  readonly name: string;
  /** Its item of RateLimit-Policy. */
  readonly item: string;
}

/** The largest integer of a structured field. @see https://www.rfc-editor.org/rfc/rfc9651#section-3.3.1 */
const MAX_SF_INTEGER = 999_999_999_999_999;
/** Names come from code, so there are few; should somebody make them up as requests come, they do not pile up. */
const MAX_TEXTS = 1000;

/**
 * Tells clients of their limits. Policies in shadow are left out: they refuse nobody.
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

  /** The policy of that name counts who is at it, so it has no window. */
  nameConcurrent(name: string): void {
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
    // An empty list is no field at all in RFC 9651.
    if (quotas === '') return;
    writer.setHeader(response, 'RateLimit-Policy', quotas);
    writer.setHeader(response, 'RateLimit', state);
  }

  private textOf(decision: PolicyDecision): PolicyText {
    const { policy, limit, burst, windowMs } = decision;
    const known = this.texts.get(policy);
    if (known?.limit === limit && known.burst === burst && known.windowMs === windowMs) return known;
    const name = quoted(policy);
    const { quota, overMs } = quotaOf(decision);
    const unit = this.concurrent.has(policy) ? ';qu="concurrent-requests"' : `;w=${Math.max(1, seconds(overMs))}`;
    const text = { limit, burst, windowMs, name, item: `${name};q=${integer(quota)}${unit}` };
    if (this.texts.size >= MAX_TEXTS) this.texts.clear();
    this.texts.set(policy, text);
    return text;
  }
}

/** A burst above the limit is what can be spent, over the time in which it flows in: or more would remain than there is. */
function quotaOf({ limit, burst, windowMs }: PolicyDecision): { readonly quota: number; readonly overMs: number } {
  return burst > limit ? { quota: burst, overMs: (windowMs * burst) / limit } : { quota: limit, overMs: windowMs };
}

/** Whole seconds, rounded up: whoever waits that long does not come too early. */
export function seconds(ms: number): number {
  return integer(Math.ceil(ms / 1000));
}

/** Of one policy, the strictest: the one that refuses longest, else the one with the least left. Reset is in seconds from now. */
function writeLegacy(writer: HeaderWriter, response: object, policies: readonly PolicyDecision[]): void {
  const told = policies.filter(({ shadow }) => !shadow);
  if (told.length === 0) return;
  const strictest = deciding(
    told,
    told.every(({ allowed }) => allowed),
  );
  writer.setHeader(response, 'X-RateLimit-Limit', String(quotaOf(strictest).quota));
  writer.setHeader(response, 'X-RateLimit-Remaining', String(integer(Math.floor(strictest.remaining))));
  writer.setHeader(response, 'X-RateLimit-Reset', String(seconds(strictest.resetMs)));
}

/** A string of RFC 9651; it knows printable ASCII alone. */
function quoted(name: string): string {
  return `"${name.replaceAll(/[^\x20-\x7e]/gu, percentEncoded).replaceAll(/["\\]/g, '\\$&')}"`;
}

function integer(value: number): number {
  return Math.min(Math.max(value, 0), MAX_SF_INTEGER);
}

import { SpanStatusCode, type Span } from '@opentelemetry/api';
import type { TraceResult } from '../../common/diagnostics/channels.js';
import { ATTRIBUTES, OTHER_ERROR } from './attributes.js';

/** The spans of operations that have not ended, by the message of their channel. */
export class OpenSpans {
  private readonly spans = new Map<object, Span>();

  add(trace: object, span: Span): void {
    this.spans.set(trace, span);
  }

  /** Ends the span of an operation. Does nothing for an operation that began before the subscription. */
  end(trace: TraceResult<string>, setResult: (span: Span) => void): void {
    const span = this.spans.get(trace);
    if (span === undefined) return;
    this.spans.delete(trace);
    setResult(span);
    if (trace.outcome === 'error' || trace.outcome === 'timeout') {
      span.setAttribute(ATTRIBUTES.errorType, trace.code ?? OTHER_ERROR);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  /** Ends all spans: their operations will not be followed any further. */
  endAll(): void {
    for (const span of this.spans.values()) span.end();
    this.spans.clear();
  }
}

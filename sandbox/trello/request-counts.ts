import type { Parameters } from './parameters.ts';

/** A request without its credentials, of which only the token is kept. */
export interface RecordedRequest {
  /** Milliseconds since 1970. */
  at: number;
  token: string;
  route: string;
  path: string;
  parameters: Parameters;
}

export interface RequestCounts {
  /** All requests, refused ones included. */
  readonly total: number;
  /** By route, `POST /cards`; an unknown path counts as `(none)`. */
  readonly byRoute: ReadonlyMap<string, number>;
  of(route: string): number;
  /** Empty without `keepRequests`. */
  readonly kept: readonly RecordedRequest[];
  reset(): void;
}

export function createRequestCounts() {
  const byRoute = new Map<string, number>();
  const kept: RecordedRequest[] = [];
  let total = 0;

  return {
    byRoute,
    kept,
    get total() {
      return total;
    },
    of: (route: string) => byRoute.get(route) ?? 0,
    reset() {
      byRoute.clear();
      kept.length = 0;
      total = 0;
    },
    count(route: string) {
      total += 1;
      byRoute.set(route, (byRoute.get(route) ?? 0) + 1);
    },
    keep({ parameters: { key: _key, token: _token, ...parameters }, ...request }: RecordedRequest) {
      kept.push({ ...request, parameters });
    },
  } satisfies RequestCounts & Record<string, unknown>;
}

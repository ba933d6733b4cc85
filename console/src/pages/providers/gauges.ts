/** What is left of a key's limits, as its provider told. */

import type { Credential, Gauge } from "../../api/types";

/** Each limit once, the tightest of its scope, whichever model told it. */
export function collectGauges(credential: Credential): Gauge[] {
  const tightest = new Map<string, Gauge>();
  for (const gauge of credential.states.flatMap((state) => state.gauges)) {
    const known = tightest.get(gauge.scope);
    if (!known || used(gauge) > used(known)) tightest.set(gauge.scope, gauge);
  }
  return [...tightest.values()];
}

/** The share of a limit that is used; 0 where the limit is not known. */
export function used({ left, limit }: Pick<Gauge, "left" | "limit">): number {
  return limit && left !== null && left !== undefined ? Math.min(Math.max(1 - left / limit, 0), 1) : 0;
}

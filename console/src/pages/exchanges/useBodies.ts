import { useQuery } from "@tanstack/react-query";

import { get, path } from "../../api/client";
import type { Bodies } from "../../api/types";

/** What was said in an exchange, where it is kept; asked once for all who show some of it. */
export function useBodies(exchange: string) {
  return useQuery({
    queryKey: ["bodies", exchange],
    queryFn: ({ signal }) => get<Bodies>(path`/exchanges/${exchange}/bodies`, {}, signal),
    retry: false,
    staleTime: Infinity,
  });
}

/** Who is signed in. `useMe` is asked once; a 401 of any question sends the person to the sign-in page. */

import { queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";

import { change, get } from "./client";
import { ApiError } from "./errors";
import type { Entrances, Me } from "./types";

/** Not a page of the console: the gateway leads on from here to the identity provider. */
export const OIDC_START = "/console/oidc/start";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await get<Me>("/me");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
});

/** Ways in beside the link and a key. Without an answer there is none, which is no reason to bother anybody. */
export const entrancesQuery = queryOptions({
  queryKey: ["sign-in"],
  queryFn: ({ signal }) => get<Entrances>("/sign-in", {}, signal),
  staleTime: Infinity,
  retry: false,
});

export function useMe(): Me | null {
  return useSuspenseQuery(meQuery).data;
}

/** Whether the person may change things; the API has the last word. */
export function useMayChange(): boolean {
  return useMe()?.role === "admin";
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await change("DELETE", "/session").catch(() => undefined);
    client.setQueryData(meQuery.queryKey, null);
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== meQuery.queryKey[0] });
  };
}

export async function signIn(key: string): Promise<Me> {
  return change<Me>("POST", "/session", { key });
}

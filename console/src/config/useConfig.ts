import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { change, get } from "../api/client";
import type { ConfigDifference, ConfigView } from "../api/types";

export function useConfig() {
  return useQuery({ queryKey: ["config"], queryFn: ({ signal }) => get<ConfigView>("/config", {}, signal) });
}

export function useDifference(text: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["config", "diff", text],
    queryFn: () => change<ConfigDifference>("POST", "/config/diff", { text }),
    enabled: isWanted,
    staleTime: 0,
  });
}

/** Writes the file; everything that is shown may be different after that. */
export function useApply(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ text, version }: { text: string; version: string }) =>
      change<ConfigView>("PUT", "/config", { text }, { "if-match": version }),
    onSuccess: async (view) => {
      client.setQueryData(["config"], view);
      onDone();
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    },
  });
}

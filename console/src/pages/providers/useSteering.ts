import { useMutation, useQueryClient } from "@tanstack/react-query";

import { change, path } from "../../api/client";
import type { Credential } from "../../api/types";
import { tell, tellProblem } from "../../ui/Toasts";

const DONE = {
  pause: "is paused until it is resumed or the gateway restarts.",
  resume: "takes requests again.",
} as const;

/** Pauses and resumes a key. */
export function useSteering(provider: string, credential: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: keyof typeof DONE) =>
      what === "pause"
        ? change<Credential>("POST", path`/providers/${provider}/credentials/${credential}/pause`)
        : change<Credential>("POST", path`/providers/${provider}/credentials/${credential}/resume`),
    onSuccess: (_, what) => {
      tell(`${provider} ${credential} ${DONE[what]}`);
      return client.invalidateQueries({ queryKey: ["providers"] });
    },
    onError: tellProblem,
  });
}

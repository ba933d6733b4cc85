import { useMutation, useQueryClient } from "@tanstack/react-query";

import { change, path } from "../../api/client";
import type { Credential, Provider } from "../../api/types";
import { tell, tellProblem } from "../../ui/Toasts";

const DONE = {
  pause: "is paused until it is resumed or the gateway restarts.",
  resume: "takes requests again.",
} as const;

type What = keyof typeof DONE;

function steer(provider: string, credential: string, what: What): Promise<Credential> {
  const key = path`/providers/${provider}/credentials/${credential}`;
  return change<Credential>("POST", `${key}/${what}`);
}

/** Pauses and resumes a key. */
export function useSteering(provider: string, credential: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: What) => steer(provider, credential, what),
    onSuccess: (_, what) => {
      tell(`${provider} ${credential} ${DONE[what]}`);
      return client.invalidateQueries({ queryKey: ["providers"] });
    },
    onError: tellProblem,
  });
}

/** The same for all keys of a provider, so that it is asked nothing any more. */
export function useSteeringAll({ name, credentials }: Provider) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: What) => Promise.all(credentials.map((key) => steer(name, key.name, what))),
    onSuccess: (_, what) => tell(`${name} ${DONE[what]}`),
    onError: tellProblem,
    onSettled: () => client.invalidateQueries({ queryKey: ["providers"] }),
  });
}

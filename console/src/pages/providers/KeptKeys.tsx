import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { change, get, path } from "../../api/client";
import type { KeptKey } from "../../api/types";
import { Confirm } from "../../ui/Dialog";
import { tell, tellProblem } from "../../ui/Toasts";

/** Whether the gateway keeps this key sealed; others stand in the file or in the environment. */
export function useIsKept(provider: string, name: string): boolean {
  const query = useQuery({ queryKey: ["vault"], queryFn: ({ signal }) => get<{ items: KeptKey[] }>("/vault", {}, signal), retry: false });
  return query.data?.items.some((key) => key.provider === provider && key.name === name) ?? false;
}

interface Props {
  provider: string;
  name: string;
  onClose: () => void;
}

export function ForgetKey({ provider, name, onClose }: Props) {
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: () => change<null>("DELETE", path`/vault/${provider}/${name}`),
    onSuccess: async () => {
      tell(`${provider} ${name} is forgotten.`);
      await Promise.all([client.invalidateQueries({ queryKey: ["vault"] }), client.invalidateQueries({ queryKey: ["providers"] })]);
    },
    onError: tellProblem,
    onSettled: onClose,
  });
  return (
    <Confirm title={`Forget ${provider} ${name}?`} action="Forget" busy={forget.isPending} onConfirm={() => forget.mutate()} onClose={onClose}>
      The gateway asks with it no more, and keeps it nowhere. Whoever gave it to you may still count it as good.
    </Confirm>
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { change, path } from "../../api/client";
import type { Probe, Provider } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import { ProbeResult } from "./ProbeResult";

interface Props {
  provider: Provider;
  credential: string;
  onClose: () => void;
}

/** A small real question through this key; one that is answered ends its rests. */
export function ProbeDialog({ provider, credential, onClose }: Props) {
  const client = useQueryClient();
  const [model, setModel] = useState(provider.models[0] ?? "");
  const probe = useMutation({
    mutationFn: () =>
      change<Probe>("POST", path`/providers/${provider.name}/credentials/${credential}/probe`, model ? { model } : {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ["providers"] }),
  });
  return (
    <Dialog title={`Probe ${provider.name} ${credential}`} onClose={onClose}>
      <p>Asks one short question through this key. It costs a few tokens; an answer ends the key&apos;s rests.</p>
      <TextField label="Model" value={model} onChange={(event) => setModel(event.target.value)} />
      {probe.data ? <ProbeResult probe={probe.data} /> : null}
      {probe.error ? <Problem error={probe.error} /> : null}
      <DialogFoot>
        <Button onClick={onClose}>Close</Button>
        <Button look="primary" busy={probe.isPending} onClick={() => probe.mutate()}>
          {probe.isPending ? "Asking…" : "Ask"}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

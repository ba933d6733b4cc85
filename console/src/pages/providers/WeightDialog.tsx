import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { change, path } from "../../api/client";
import type { Credential } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import { tell } from "../../ui/Toasts";

interface Props {
  provider: string;
  credential: Credential;
  onClose: () => void;
}

export function WeightDialog({ provider, credential, onClose }: Props) {
  const client = useQueryClient();
  const [weight, setWeight] = useState(String(credential.weight));
  const isNumber = Number(weight) > 0;
  const weigh = useMutation({
    mutationFn: () =>
      change<Credential>("PATCH", path`/providers/${provider}/credentials/${credential.name}`, { weight: Number(weight) }),
    onSuccess: async () => {
      tell(`${provider} ${credential.name} weighs ${weight} now.`);
      await client.invalidateQueries({ queryKey: ["providers"] });
      onClose();
    },
  });
  return (
    <Dialog title={`Weigh ${provider} ${credential.name}`} onClose={onClose}>
      <TextField
        label="Weight"
        inputMode="decimal"
        value={weight}
        hint="Its share of the requests, compared with the provider's other keys. Holds until the gateway restarts or the file changes its keys."
        problem={isNumber ? undefined : "A number above 0."}
        onChange={(event) => setWeight(event.target.value)}
      />
      {weigh.error ? <Problem error={weigh.error} /> : null}
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" disabled={!isNumber} busy={weigh.isPending} onClick={() => weigh.mutate()}>
          Weigh
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

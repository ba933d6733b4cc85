import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { change } from "../../api/client";
import type { KeptKey } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import { tell } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";

/** One more key for a provider's pool, kept sealed by the gateway instead of standing in a file. */
export function KeepKeyDialog({ provider, onClose }: { provider: string; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const keep = useMutation({
    mutationFn: () => change<KeptKey>("POST", "/vault", { provider, name: name.trim(), key: key.trim() }),
    onSuccess: async () => {
      tell(`${provider} has the key ${name.trim()} from now on.`);
      await Promise.all([client.invalidateQueries({ queryKey: ["vault"] }), client.invalidateQueries({ queryKey: ["providers"] })]);
      onClose();
    },
  });
  return (
    <Dialog title={`Add a key to ${provider}`} onClose={onClose}>
      <form
        className={ui.stack}
        onSubmit={(event) => {
          event.preventDefault();
          keep.mutate();
        }}
      >
        <TextField label="Name" value={name} hint="What lists and logs call it." onChange={(event) => setName(event.target.value)} />
        <TextField
          label="Key"
          type="password"
          autoComplete="new-password"
          value={key}
          hint="Kept sealed, and never shown again."
          onChange={(event) => setKey(event.target.value)}
        />
        {keep.error ? <Problem error={keep.error} /> : null}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!name.trim() || !key.trim()} busy={keep.isPending}>
            Keep it
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

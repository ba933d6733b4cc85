import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { change, path } from "../../api/client";
import type { TeamCard } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import { tell } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";
import { checkTerms, NO_TERMS, readTerms, writeTerms } from "./limits";
import { TermsForm } from "./TermsForm";

interface Props {
  /** null: a new one. */
  card: TeamCard | null;
  onClose: () => void;
}

export function TeamDialog({ card, onClose }: Props) {
  const client = useQueryClient();
  const [name, setName] = useState(card?.name ?? "");
  const [fields, setFields] = useState(card ? writeTerms(card) : NO_TERMS);
  const save = useMutation({
    mutationFn: () =>
      card
        ? change<TeamCard>("PATCH", path`/teams/${card.name}`, readTerms(fields))
        : change<TeamCard>("POST", "/teams", { name: name.trim(), ...readTerms(fields) }),
    onSuccess: async (team) => {
      tell(card ? `The team ${team.name} is changed.` : `The team ${team.name} is there; give it keys.`);
      await client.invalidateQueries({ queryKey: ["teams"] });
      onClose();
    },
  });
  const isWrong = Object.keys(checkTerms(fields)).length > 0 || !name.trim();
  return (
    <Dialog title={card ? `Edit ${card.name}` : "New team"} wide onClose={onClose}>
      <form
        className={ui.stack}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField label="Name" value={name} disabled={card !== null} onChange={(event) => setName(event.target.value)} />
        <TermsForm fields={fields} onChange={(part) => setFields({ ...fields, ...part })} />
        {save.error ? <Problem error={save.error} /> : null}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isWrong} busy={save.isPending}>
            {card ? "Save" : "Make the team"}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

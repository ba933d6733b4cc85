import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { change, path } from "../../api/client";
import { useMe } from "../../api/session";
import type { KeyCard, NewKey, Role } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Problem } from "../../ui/Feedback";
import { Select, TextField } from "../../ui/Field";
import { tell } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";
import styles from "./Keys.module.css";
import { checkTerms, NO_TERMS, readTerms, writeTerms, type TermFields } from "./limits";
import { SecretDialog } from "./SecretDialog";
import { TermsForm } from "./TermsForm";

const ROLES: readonly { value: Role; label: string }[] = [
  { value: "member", label: "member: may ask models" },
  { value: "viewer", label: "viewer: may also look at everything" },
  { value: "team_admin", label: "team admin: may also see to the keys of the team" },
  { value: "admin", label: "admin: may do everything" },
];

interface Props {
  /** null: a new one. */
  card: KeyCard | null;
  teams: readonly string[];
  onClose: () => void;
}

interface Fields extends TermFields {
  name: string;
  role: Role;
  team: string;
  user: string;
  tags: string;
  days: string;
}

function startFields(card: KeyCard | null, team: string): Fields {
  if (!card) return { ...NO_TERMS, name: "", role: "member", team, user: "", tags: "", days: "" };
  const { name, role, user } = card;
  return { ...writeTerms(card), name, role, team: card.team, user, tags: card.tags.join(", "), days: "" };
}

function buildWish(fields: Fields) {
  const days = Number(fields.days);
  return {
    ...readTerms(fields),
    role: fields.role,
    team: fields.team,
    user: fields.user.trim(),
    tags: fields.tags.split(/[\s,]+/).filter(Boolean),
    ...(days > 0 ? { expires_ms: Date.now() + days * 86_400_000 } : {}),
  };
}

export function KeyDialog({ card, teams, onClose }: Props) {
  const me = useMe();
  const client = useQueryClient();
  const [fields, setFields] = useState(() => startFields(card, me?.role === "team_admin" ? me.team : ""));
  const [made, setMade] = useState<NewKey>();
  const set = (part: Partial<Fields>) => setFields({ ...fields, ...part });
  const roles = me?.role === "admin" ? ROLES : ROLES.filter(({ value }) => value === "member" || value === "team_admin");

  const save = useMutation({
    mutationFn: async () => {
      if (card) return change<KeyCard>("PATCH", path`/keys/${card.id}`, buildWish(fields));
      setMade(await change<NewKey>("POST", "/keys", { name: fields.name.trim(), ...buildWish(fields) }));
      return null;
    },
    onSuccess: async (changed) => {
      await client.invalidateQueries({ queryKey: ["keys"] });
      if (!changed) return;
      tell(`${changed.name} is changed.`);
      onClose();
    },
  });

  if (made) return <SecretDialog made={made} onClose={onClose} />;
  const isWrong = Object.keys(checkTerms(fields)).length > 0 || !fields.name.trim();
  return (
    <Dialog title={card ? `Edit ${card.name}` : "New key"} wide onClose={onClose}>
      <form
        className={ui.stack}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <div className={styles.pair}>
          <TextField label="Name" value={fields.name} disabled={card !== null} onChange={(event) => set({ name: event.target.value })} />
          <Select label="Role" options={roles} value={fields.role} onPick={(role) => set({ role: role as Role })} />
          <Select label="Team" options={[{ value: "", label: "no team" }, ...teams.map((team) => ({ value: team, label: team }))]} value={fields.team} onPick={(team) => set({ team })} />
          <TextField label="User" value={fields.user} onChange={(event) => set({ user: event.target.value })} />
          <TextField label="Tags" value={fields.tags} hint="With commas between them" onChange={(event) => set({ tags: event.target.value })} />
          <TextField label="Ends in, days" inputMode="numeric" placeholder={card ? "as it is" : "never"} value={fields.days} onChange={(event) => set({ days: event.target.value })} />
        </div>
        <TermsForm fields={fields} onChange={set} />
        {save.error ? <Problem error={save.error} /> : null}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isWrong} busy={save.isPending}>
            {card ? "Save" : "Make the key"}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

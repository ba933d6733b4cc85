import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { change, path } from "../../api/client";
import type { KeyCard, NewKey } from "../../api/types";
import { join } from "../../ui/classes";
import { Badge, type Tone } from "../../ui/Badge";
import { Confirm } from "../../ui/Dialog";
import { Menu } from "../../ui/Menu";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { tell, tellProblem } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";
import { SecretDialog } from "./SecretDialog";
import { SpendBars } from "./SpendBars";
import { tellLimits } from "./limits";
import styles from "./Keys.module.css";

const TONES: Readonly<Record<KeyCard["state"], Tone>> = { active: "good", expired: "warn", revoked: "plain" };

interface Props {
  keys: readonly KeyCard[];
  mayChange: boolean;
  onEdit: (key: KeyCard) => void;
}

type Asked = { kind: "revoke" | "rotate"; key: KeyCard };

export function KeyTable({ keys, mayChange, onEdit }: Props) {
  const [asked, setAsked] = useState<Asked>();
  const [made, setMade] = useState<NewKey>();
  const navigate = useNavigate();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["keys"] });
  const revoke = useMutation({
    mutationFn: (key: KeyCard) => change<KeyCard>("POST", path`/keys/${key.id}/revoke`),
    onSuccess: (key) => {
      tell(`${key.name} is worth nothing from now on.`);
      setAsked(undefined);
      return refresh();
    },
    onError: (error) => {
      setAsked(undefined);
      tellProblem(error);
    },
  });
  const rotate = useMutation({
    mutationFn: (key: KeyCard) => change<NewKey>("POST", path`/keys/${key.id}/rotate`),
    onSuccess: (renewed) => {
      setMade(renewed);
      setAsked(undefined);
      return refresh();
    },
    onError: (error) => {
      setAsked(undefined);
      tellProblem(error);
    },
  });

  const itemsOf = (key: KeyCard) => {
    const isFixed = !mayChange || key.state === "revoked";
    return [
      { label: "Usage by day", onSelect: () => void navigate({ to: "/usage", search: { by: "day", principal: key.name } }) },
      { label: "Its exchanges", onSelect: () => void navigate({ to: "/exchanges", search: { principal: key.name } }) },
      { label: "Edit…", onSelect: () => onEdit(key), disabled: isFixed },
      { label: "New secret…", onSelect: () => setAsked({ kind: "rotate", key }), disabled: isFixed },
      { label: "Revoke…", onSelect: () => setAsked({ kind: "revoke", key }), disabled: isFixed },
    ];
  };

  return (
    <>
      <Table
        label="Keys"
        rows={keys}
        rowKey={(key) => key.id}
        columns={[
          {
            key: "name",
            title: "Key",
            cell: (key) => (
              <>
                <strong className={styles.name}>{key.name}</strong>
                <div className={join(ui.mono, ui.faint, ui.wideOnly)}>{key.hint}</div>
              </>
            ),
          },
          { key: "state", title: "State", cell: (key) => <Badge tone={TONES[key.state]}>{key.state}</Badge> },
          { key: "role", title: "Role", wide: true, cell: (key) => key.role.replace("_", " ") },
          { key: "team", title: "Team", wide: true, cell: (key) => key.team || "–" },
          { key: "limits", title: "Limits", wide: true, cell: (key) => <span className={styles.limits}>{tellLimits(key)}</span> },
          { key: "spent", title: "Spent", cell: (key) => <SpendBars card={key} /> },
          { key: "flight", title: "In flight", number: true, wide: true, cell: (key) => key.in_flight },
          { key: "expires", title: "Ends", wide: true, cell: (key) => (key.expires_ms ? <Time at={key.expires_ms} /> : "never") },
          {
            key: "more",
            title: <span className={ui.hidden}>Actions</span>,
            cell: (key) => (
              <Menu label={`Actions for ${key.name}`} items={itemsOf(key)}>
                <span aria-hidden="true">⋯</span>
              </Menu>
            ),
          },
        ]}
      />
      {asked?.kind === "revoke" ? (
        <Confirm title={`Revoke ${asked.key.name}?`} action="Revoke" busy={revoke.isPending} onConfirm={() => revoke.mutate(asked.key)} onClose={() => setAsked(undefined)}>
          Whoever uses it is refused from now on. It cannot be taken back; what it spent stays in the reports.
        </Confirm>
      ) : null}
      {asked?.kind === "rotate" ? (
        <Confirm title={`A new secret for ${asked.key.name}?`} action="Make a new secret" busy={rotate.isPending} onConfirm={() => rotate.mutate(asked.key)} onClose={() => setAsked(undefined)}>
          The secret that is in use now is worth nothing from then on. Limits and spend stay.
        </Confirm>
      ) : null}
      {made ? <SecretDialog made={made} onClose={() => setMade(undefined)} /> : null}
    </>
  );
}

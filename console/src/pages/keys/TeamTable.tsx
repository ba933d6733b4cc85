import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { change, path } from "../../api/client";
import type { TeamCard } from "../../api/types";
import { Confirm } from "../../ui/Dialog";
import { Menu } from "../../ui/Menu";
import { Table } from "../../ui/Table";
import { tell, tellProblem } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";
import styles from "./Keys.module.css";
import { tellLimits } from "./limits";
import { SpendBars } from "./SpendBars";

interface Props {
  teams: readonly TeamCard[];
  mayChange: boolean;
  onEdit: (team: TeamCard) => void;
}

export function TeamTable({ teams, mayChange, onEdit }: Props) {
  const [removed, setRemoved] = useState<TeamCard>();
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (team: TeamCard) => change<null>("DELETE", path`/teams/${team.name}`),
    onSuccess: (_, team) => {
      tell(`The team ${team.name} is no more.`);
      setRemoved(undefined);
      return client.invalidateQueries({ queryKey: ["teams"] });
    },
    onError: (error) => {
      setRemoved(undefined);
      tellProblem(error);
    },
  });
  return (
    <>
      <Table
        label="Teams"
        rows={teams}
        rowKey={(team) => team.name}
        columns={[
          { key: "name", title: "Team", cell: (team) => <strong className={styles.name}>{team.name}</strong> },
          { key: "keys", title: "Keys", number: true, cell: (team) => team.keys },
          { key: "limits", title: "Limits", wide: true, cell: (team) => <span className={styles.limits}>{tellLimits(team)}</span> },
          { key: "spent", title: "Spent", cell: (team) => <SpendBars card={team} /> },
          { key: "flight", title: "In flight", number: true, wide: true, cell: (team) => team.in_flight },
          {
            key: "more",
            title: <span className={ui.hidden}>Actions</span>,
            cell: (team) => (
              <Menu
                label={`Actions for ${team.name}`}
                items={[
                  { label: "Usage by key", onSelect: () => void navigate({ to: "/usage", search: { by: "principal", team: team.name } }) },
                  { label: "Edit…", onSelect: () => onEdit(team), disabled: !mayChange },
                  { label: "Remove…", onSelect: () => setRemoved(team), disabled: !mayChange },
                ]}
              >
                <span aria-hidden="true">⋯</span>
              </Menu>
            ),
          },
        ]}
      />
      {removed ? (
        <Confirm title={`Remove ${removed.name}?`} action="Remove" busy={remove.isPending} onConfirm={() => remove.mutate(removed)} onClose={() => setRemoved(undefined)}>
          A team that still has keys cannot be removed. What it spent stays in the reports.
        </Confirm>
      ) : null}
    </>
  );
}

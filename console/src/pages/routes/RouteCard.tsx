import { Link } from "@tanstack/react-router";

import { useMayChange } from "../../api/session";
import type { RouteView } from "../../api/types";
import { formatCount, formatMoney } from "../../format/numbers";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Table } from "../../ui/Table";
import ui from "../../ui/ui.module.css";
import styles from "./Routes.module.css";
import { tellWhen } from "./targets";

interface Props {
  route: RouteView;
  onEdit: () => void;
  onWhatIf: () => void;
}

export function RouteCard({ route, onEdit, onWhatIf }: Props) {
  const mayChange = useMayChange();
  const fallback = Object.entries(route.fallback).filter(([, targets]) => targets.length);
  return (
    <Card
      title={
        <div>
          <h2 className={styles.name}>
            {route.name} <Badge tone="accent">{route.policy}</Badge>
            {route.strict ? <Badge title="A request that cannot be carried over without a loss is refused.">strict</Badge> : null}
          </h2>
          <p className={styles.note}>
            {route.aliases.length ? `also ${route.aliases.join(", ")} · ` : ""}
            {formatCount(route.usage.exchanges)} exchanges and {formatMoney(route.usage.cost_nanodollars)} in 24 h
          </p>
        </div>
      }
      actions={
        <>
          <Link to="/exchanges" search={{ route: route.name }}>
            Its exchanges
          </Link>
          <Button small disabled={!mayChange} onClick={onWhatIf} aria-label={`What if ${route.name} were different`}>
            What if…
          </Button>
          <Button small disabled={!mayChange} onClick={onEdit} aria-label={`Edit ${route.name}`}>
            Edit
          </Button>
        </>
      }
    >
      <Table
        label={`Targets of ${route.name}`}
        rows={route.targets.map((target, index) => ({ ...target, place: index + 1 }))}
        rowKey={(target) => `${target.place}`}
        columns={[
          { key: "place", title: "#", cell: (target) => target.place },
          { key: "target", title: "Target", cell: (target) => <Name target={target} /> },
          {
            key: "state",
            title: "State",
            cell: (target) => (
              <>
                <Badge tone={target.is_ready ? "good" : "warn"}>{target.is_ready ? "ready" : "not ready"}</Badge>{" "}
                {target.message ? <span className={ui.soft}>{target.message}</span> : null}
              </>
            ),
          },
          { key: "weight", title: "Weight", number: true, wide: true, cell: (target) => target.weight },
        ]}
      />
      {fallback.length ? (
        <p className={styles.fallback}>
          Instead of the next target: {fallback.map(([kind, targets]) => `after ${kind} ${targets.join(", ")}`).join("; ")}.
        </p>
      ) : null}
    </Card>
  );
}

function Name({ target: { target, when } }: { target: RouteView["targets"][number] }) {
  const told = tellWhen(when);
  return (
    <>
      <strong className={styles.target}>{target}</strong>
      {told ? <div className={styles.note}>only {told}</div> : null}
    </>
  );
}

import { useState } from "react";

import { useMayChange } from "../../api/session";
import type { Credential, Provider } from "../../api/types";
import { formatMoney, formatShare, formatShort } from "../../format/numbers";
import { formatSeconds } from "../../format/times";
import { Badge, type Tone } from "../../ui/Badge";
import { Bar } from "../../ui/Bar";
import { Menu } from "../../ui/Menu";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import ui from "../../ui/ui.module.css";
import { Words } from "../../ui/Words";
import { ForgetKey, useIsKept } from "./KeptKeys";
import { collectGauges, used } from "./gauges";
import { ProbeDialog } from "./ProbeDialog";
import styles from "./Providers.module.css";
import { useSteering } from "./useSteering";
import { WeightDialog } from "./WeightDialog";

export const STATES: Readonly<Record<string, readonly [string, Tone]>> = {
  ready: ["ready", "good"],
  paused: ["paused", "plain"],
  quarantined: ["refused", "bad"],
  cooling: ["resting", "warn"],
  overloaded: ["overloaded", "warn"],
  exhausted: ["used up", "warn"],
  own_limit: ["at its limit", "warn"],
  busy: ["busy", "accent"],
  ejected: ["out", "bad"],
};

type Asked = { kind: "probe" | "weight" | "forget"; credential: Credential };

export function CredentialList({ provider }: { provider: Provider }) {
  const [asked, setAsked] = useState<Asked>();
  return (
    <>
      <Table
        label={`Keys of ${provider.name}`}
        rows={provider.credentials}
        rowKey={(credential) => credential.name}
        columns={[
          {
            key: "name",
            title: "Key",
            cell: (credential) => (
              <>
                <strong>{credential.name}</strong>
                {credential.models?.length ? <div className={ui.faint}>only for {credential.models.join(", ")}</div> : null}
              </>
            ),
          },
          { key: "state", title: "State", cell: (credential) => <State credential={credential} /> },
          { key: "limits", title: "Limits", wide: true, cell: (credential) => <Gauges credential={credential} /> },
          { key: "weight", title: "Weight", number: true, wide: true, cell: (credential) => credential.weight },
          {
            key: "flight",
            title: "In flight",
            number: true,
            wide: true,
            cell: ({ in_flight, concurrency }) => (concurrency ? `${in_flight} of ${concurrency}` : in_flight),
          },
          { key: "cached", title: "Cached", number: true, wide: true, cell: (credential) => formatShare(credential.cached_share) },
          { key: "cost", title: "Cost, 24 h", number: true, wide: true, cell: (credential) => formatMoney(credential.usage.cost_nanodollars) },
          {
            key: "rests",
            title: "Rests",
            wide: true,
            cell: (credential) => <Rests credential={credential} />,
          },
          {
            key: "more",
            title: <span className={ui.hidden}>Actions</span>,
            cell: (credential) => (
              <Actions provider={provider} credential={credential} onAsk={(kind) => setAsked({ kind, credential })} />
            ),
          },
        ]}
      />
      {asked?.kind === "probe" ? (
        <ProbeDialog provider={provider} credential={asked.credential.name} onClose={() => setAsked(undefined)} />
      ) : null}
      {asked?.kind === "forget" ? (
        <ForgetKey provider={provider.name} name={asked.credential.name} onClose={() => setAsked(undefined)} />
      ) : null}
      {asked?.kind === "weight" ? (
        <WeightDialog provider={provider.name} credential={asked.credential} onClose={() => setAsked(undefined)} />
      ) : null}
    </>
  );
}

function State({ credential }: { credential: Credential }) {
  const [label, tone] = STATES[credential.state] ?? [credential.state, "plain"];
  return (
    <div className={styles.state}>
      <Badge tone={tone}>{label}</Badge>
      {credential.seconds ? <span className={styles.left}>{formatSeconds(credential.seconds)} left</span> : null}
      {credential.state === "ready" ? null : (
        <div className={styles.why}>
          <Words>{credential.message}</Words>
        </div>
      )}
      {credential.states
        .filter(({ state, model }) => model !== "" && state !== "ready" && credential.state === "ready")
        .map(({ state, model, seconds }) => (
          <div key={model} className={styles.why}>
            <Badge tone={STATES[state]?.[1] ?? "warn"}>{STATES[state]?.[0] ?? state}</Badge> for <code>{model}</code>
            {seconds ? `, ${formatSeconds(seconds)} left` : ""}
          </div>
        ))}
    </div>
  );
}

function Gauges({ credential }: { credential: Credential }) {
  const gauges = collectGauges(credential);
  if (!gauges.length) return <span className={ui.faint}>none told yet</span>;
  return (
    <ul className={styles.gauges}>
      {gauges.map((gauge) => (
        <li key={gauge.scope}>
          <div className={styles.gaugeWords}>
            <span>{gauge.scope}</span>
            <span>
              {formatShort(gauge.left)} of {formatShort(gauge.limit)} left
            </span>
          </div>
          <Bar label={`${gauge.scope} of ${credential.name}`} share={used(gauge)} warnAt={0.85} badAt={0.99} />
        </li>
      ))}
    </ul>
  );
}

function Rests({ credential }: { credential: Credential }) {
  if (!credential.rests.length) return <span className={ui.faint}>none</span>;
  return (
    <details>
      <summary>{credential.rests.length} lately</summary>
      <ul className={styles.rests}>
        {credential.rests.map((rest, index) => (
          <li key={index}>
            <Time at={rest.at_ms} /> {rest.reason}
            {rest.model ? ` (${rest.model})` : ""}, {formatSeconds(rest.seconds)}
          </li>
        ))}
      </ul>
    </details>
  );
}

interface ActionsProps {
  provider: Provider;
  credential: Credential;
  onAsk: (kind: Asked["kind"]) => void;
}

function Actions({ provider, credential, onAsk }: ActionsProps) {
  const mayChange = useMayChange();
  const steer = useSteering(provider.name, credential.name);
  const isKept = useIsKept(provider.name, credential.name);
  const items = [
    credential.is_paused
      ? { label: "Resume", onSelect: () => steer.mutate("resume") }
      : { label: "Pause", onSelect: () => steer.mutate("pause") },
    { label: "Probe…", onSelect: () => onAsk("probe") },
    { label: "Weigh…", onSelect: () => onAsk("weight") },
    ...(isKept ? [{ label: "Forget…", onSelect: () => onAsk("forget") }] : []),
  ];
  return (
    <Menu label={`Actions for ${provider.name} ${credential.name}`} items={items.map((item) => ({ ...item, disabled: !mayChange }))}>
      <span aria-hidden="true">⋯</span>
    </Menu>
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { change, path } from "../../api/client";
import { useMayChange } from "../../api/session";
import type { Fetch, LocalModel } from "../../api/types";
import { formatBytes, formatCount, formatShare, formatShort, shareOf } from "../../format/numbers";
import { Badge, type Tone } from "../../ui/Badge";
import { Bar } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { tell, tellProblem } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";
import styles from "./LocalModels.module.css";

const STATES: Readonly<Record<string, readonly [string, Tone]>> = {
  stopped: ["not loaded", "plain"],
  starting: ["loading", "accent"],
  running: ["loaded", "good"],
};

type Command = "pull" | "cancel" | "load" | "unload";

const SAID: Readonly<Record<Command, string>> = {
  pull: "is being fetched.",
  cancel: "is no longer fetched; what is here is kept for the next time.",
  load: "is being loaded.",
  unload: "is unloaded.",
};

async function command(model: string, what: Command): Promise<unknown> {
  if (what === "cancel") return change("DELETE", path`/local-models/${model}/pull`);
  return change("POST", path`/local-models/${model}/${what}`);
}

export function ModelCard({ model, fetch }: { model: LocalModel; fetch: Fetch | null }) {
  const client = useQueryClient();
  const steer = useMutation({
    mutationFn: (what: Command) => command(model.name, what),
    onSuccess: (_, what) => {
      tell(`${model.name} ${SAID[what]}`);
      return client.invalidateQueries({ queryKey: ["local-models"] });
    },
    onError: tellProblem,
  });
  const isFetching = fetch?.state === "running";
  return (
    <Card
      title={
        <div>
          <h2 className={styles.name}>
            {model.title || model.name} <State model={model} isFetching={isFetching} />
          </h2>
          <p className={ui.faint}>
            local/{model.name}
            {model.license ? ` · ${model.license}` : ""}
          </p>
        </div>
      }
    >
      <div className={ui.stack}>
        <p className={styles.traits}>
          <Badge>{formatBytes(model.size_bytes)} to fetch</Badge>
          <Badge>{formatBytes(model.memory_bytes)} of memory</Badge>
          <Badge>{formatCount(model.context_tokens)} tokens</Badge>
          {model.sees ? <Badge tone="accent">sees images</Badge> : null}
          {model.tools ? <Badge tone="accent">tools</Badge> : null}
          {model.thinking ? <Badge tone="accent">thinking</Badge> : null}
        </p>
        {model.state === "running" ? <Running model={model} /> : null}
        {fetch && fetch.state !== "done" ? <Progress fetch={fetch} /> : null}
        {model.failure ? <p className={styles.failure}>{model.failure}</p> : null}
        <Commands model={model} isFetching={isFetching} isBusy={steer.isPending} onCommand={(what) => steer.mutate(what)} />
      </div>
    </Card>
  );
}

function State({ model, isFetching }: { model: LocalModel; isFetching: boolean }) {
  if (isFetching) return <Badge tone="accent">fetching</Badge>;
  if (!model.is_here) return <Badge>not here</Badge>;
  const [label, tone] = STATES[model.state] ?? [model.state, "plain"];
  return <Badge tone={tone}>{label}</Badge>;
}

/** What only a loaded model has. Speeds are those of single answers, the last ones that ended. */
function Running({ model }: { model: LocalModel }) {
  const facts: readonly (readonly [string, string])[] = [
    ["Writes", formatShort(model.written_tokens_per_second, "tok/s")],
    ["Reads", formatShort(model.read_tokens_per_second, "tok/s")],
    ["Memory held", formatBytes(model.resident_bytes)],
    ["Slots busy", `${formatCount(model.busy)} of ${formatCount(model.slots)}`],
    ["Queue", `${formatCount(model.waiting)} of ${formatCount(model.queue_limit)}`],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Progress({ fetch }: { fetch: Fetch }) {
  const share = shareOf(fetch.done_bytes, fetch.total_bytes);
  return (
    <div className={styles.progress}>
      <Bar label={`Fetching ${fetch.name}`} share={share} warnAt={2} badAt={2} />
      <p className={ui.soft}>
        {fetch.state === "running" ? `${formatBytes(fetch.done_bytes)} of ${formatBytes(fetch.total_bytes)}, ${formatShare(share)}` : fetch.message || fetch.state}
      </p>
    </div>
  );
}

interface CommandsProps {
  model: LocalModel;
  isFetching: boolean;
  isBusy: boolean;
  onCommand: (what: Command) => void;
}

function Commands({ model, isFetching, isBusy, onCommand }: CommandsProps) {
  const mayChange = useMayChange();
  const button = (what: Command, label: string) => (
    <Button small disabled={!mayChange} busy={isBusy} onClick={() => onCommand(what)} aria-label={`${label} ${model.name}`}>
      {label}
    </Button>
  );
  return (
    <div className={ui.actions}>
      {isFetching ? button("cancel", "Cancel") : null}
      {!model.is_here && !isFetching ? button("pull", "Fetch") : null}
      {model.is_here && model.state === "stopped" ? button("load", "Load") : null}
      {model.state === "running" ? button("unload", "Unload") : null}
      {model.is_here ? (
        <Link to="/playground" search={{ model: `local/${model.name}` }}>
          Try it
        </Link>
      ) : null}
    </div>
  );
}

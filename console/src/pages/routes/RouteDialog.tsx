import { useMemo, useState } from "react";

import type { ConfigView, RouteView } from "../../api/types";
import { findTargets, hasRoute, putRoute, removeRoute, type RouteEntry, type TargetEntry } from "../../config/edit";
import { Review } from "../../config/Review";
import { useConfig } from "../../config/useConfig";
import { WhatIfPanel } from "../../config/WhatIfPanel";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Loaded } from "../../ui/Feedback";
import { Select, TextArea, TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { parseTargets, writeTargets } from "./targets";

const POLICIES = [
  { value: "ordered", label: "ordered: as listed" },
  { value: "weighted", label: "weighted: drawn by weight" },
  { value: "fastest", label: "fastest: who was quicker of late" },
  { value: "cheapest", label: "cheapest: by price" },
  { value: "least_busy", label: "least busy: who has less to do" },
];

interface Props {
  /** null: a new one. */
  route: RouteView | null;
  /** Somebody wants to know what would be, before anything else. */
  isWhatIf?: boolean;
  onClose: () => void;
}

/** A route as a form; what comes out is a change of the file, shown before it takes effect. */
export function RouteDialog({ route, isWhatIf, onClose }: Props) {
  const config = useConfig();
  return (
    <Dialog title={route ? `${isWhatIf ? "What if: " : "Edit "}${route.name}` : "New route"} wide onClose={onClose}>
      <Loaded query={config}>{(view) => <Form route={route} config={view} isWhatIf={isWhatIf ?? false} onClose={onClose} />}</Loaded>
    </Dialog>
  );
}

function Form({ route, config, isWhatIf, onClose }: Props & { config: ConfigView }) {
  const known = useMemo(() => (route && findTargets(config.text, route.name)) ?? readTargets(route), [config.text, route]);
  const [fields, setFields] = useState(() => startFields(route, known));
  const set = (part: Partial<Fields>) => setFields({ ...fields, ...part });
  const [text, setText] = useState<string>();
  const isInFile = useMemo(() => route !== null && hasRoute(config.text, route.name), [config.text, route]);
  const parsed = parseTargets(fields.targets, known);
  const name = fields.name.trim();
  const nameProblem = findNameProblem(name, route, config);

  const names = route ? [route.name, ...route.aliases] : [];
  if (text !== undefined) return <Review config={config} text={text} names={names} onClose={() => setText(undefined)} onDone={onClose} />;
  return (
    <form
      className={ui.stack}
      onSubmit={(event) => {
        event.preventDefault();
        setText(putRoute(config.text, name, buildEntry(fields, parsed.targets)));
      }}
    >
      <TextField label="Name" value={fields.name} disabled={route !== null} problem={nameProblem} hint="What clients ask for; one * stands for any text." onChange={(event) => set({ name: event.target.value })} />
      <TextArea
        label="Targets, one a line, best first"
        rows={5}
        spellCheck={false}
        value={fields.targets}
        placeholder={"openai/gpt-5-mini\nanthropic/claude-haiku-4-5 weight 2"}
        problem={fields.targets.trim() ? parsed.problem : undefined}
        hint="provider/model or another route. Behind it may stand “weight 2” for weighted, and which requests it is for: “tags batch,nightly”, “min_tokens 4000”, “max_tokens 32000”, “header x-dragoman-team=red*”."
        onChange={(event) => set({ targets: event.target.value })}
      />
      <Select label="Policy" options={POLICIES} value={fields.policy} onPick={(policy) => set({ policy })} />
      <TextField label="Further names, with commas between them" value={fields.aliases} onChange={(event) => set({ aliases: event.target.value })} />
      <label className={ui.check}>
        <input type="checkbox" checked={fields.isStrict} onChange={(event) => set({ isStrict: event.target.checked })} />
        Refuse what cannot be carried over without a loss
      </label>
      {isWhatIf ? <WhatIfPanel text={parsed.problem ? "" : putRoute(config.text, name, buildEntry(fields, parsed.targets))} names={names} problem={parsed.problem} /> : null}
      <DialogFoot>
        {isInFile && route && !isWhatIf ? (
          <Button look="danger" onClick={() => setText(removeRoute(config.text, route.name))}>
            Remove the route
          </Button>
        ) : null}
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={!name || nameProblem !== undefined || parsed.problem !== undefined}>
          Review the change
        </Button>
      </DialogFoot>
    </form>
  );
}

interface Fields {
  name: string;
  targets: string;
  policy: string;
  aliases: string;
  isStrict: boolean;
}

/** Of a route that does not stand in the file: what the gateway says of it. */
function readTargets(route: RouteView | null): TargetEntry[] {
  return route?.targets.map(({ target, weight, when }) => (when ? { target, weight, when } : { target, weight })) ?? [];
}

function startFields(route: RouteView | null, targets: readonly TargetEntry[]): Fields {
  if (!route) return { name: "", targets: "", policy: "ordered", aliases: "", isStrict: false };
  const { name, policy, strict } = route;
  return { name, targets: writeTargets(targets), policy, aliases: route.aliases.join(", "), isStrict: strict };
}

function buildEntry(fields: Fields, targets: readonly TargetEntry[]): RouteEntry {
  const aliases = fields.aliases.split(",").map((alias) => alias.trim());
  return {
    targets,
    policy: fields.policy,
    aliases: aliases.filter(Boolean),
    strict: fields.isStrict,
  };
}

function findNameProblem(name: string, route: RouteView | null, config: ConfigView): string | undefined {
  if (route !== null || !name) return undefined;
  return hasRoute(config.text, name) ? "There is a route of that name; edit that one." : undefined;
}

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { change, get } from "../../api/client";
import type { CatalogueRow, ConfigView, Probe } from "../../api/types";
import { hasProvider, putProvider } from "../../config/edit";
import { Review } from "../../config/Review";
import { useConfig } from "../../config/useConfig";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Loaded, Problem } from "../../ui/Feedback";
import { Select, TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { ProbeResult } from "./ProbeResult";

/** A row of the catalogue and a key: tried out with a real question, then written into the file. */
export function AddProvider({ onClose }: { onClose: () => void }) {
  const catalogue = useQuery({ queryKey: ["catalogue"], queryFn: ({ signal }) => get<{ items: CatalogueRow[] }>("/catalogue", {}, signal) });
  const config = useConfig();
  return (
    <Dialog title="Add a provider" wide onClose={onClose}>
      <Loaded query={catalogue}>
        {({ items }) => <Loaded query={config}>{(view) => <Form rows={items} config={view} onClose={onClose} />}</Loaded>}
      </Loaded>
    </Dialog>
  );
}

interface Wish {
  row: string;
  name: string;
  key: string;
  base_url: string;
  model: string;
}

function Form({ rows, config, onClose }: { rows: readonly CatalogueRow[]; config: ConfigView; onClose: () => void }) {
  const first = rows.find((row) => !row.is_configured && !row.is_local) ?? rows[0];
  const [wish, setWish] = useState<Wish>(startWish(first));
  const [text, setText] = useState<string>();
  const row = rows.find((one) => one.name === wish.row);
  const set = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const test = useMutation({
    mutationFn: () =>
      change<Probe>("POST", "/providers/test", { row: wish.row, key: wish.key, base_url: wish.base_url, model: wish.model }),
  });
  const problem = findProblem(wish, config);

  if (text !== undefined) return <Review config={config} text={text} onClose={() => setText(undefined)} onDone={onClose} />;
  return (
    <form
      className={ui.stack}
      onSubmit={(event) => {
        event.preventDefault();
        setText(putProvider(config.text, wish.name, buildEntry(wish)));
      }}
    >
      <Select
        label="Provider"
        options={rows.map((one) => ({ value: one.name, label: one.is_configured ? `${one.title} (in use)` : one.title }))}
        value={wish.row}
        onPick={(name) => {
          setWish(startWish(rows.find((one) => one.name === name)));
          test.reset();
        }}
      />
      <TextField label="Name here" value={wish.name} problem={problem} hint="What routes and lists call it." onChange={(event) => set({ name: event.target.value })} />
      <TextField
        label="Key"
        type="password"
        autoComplete="new-password"
        value={wish.key}
        hint={row?.is_local ? "Left empty where it needs none." : "The key itself, or ${A_VARIABLE} of the gateway's environment."}
        onChange={(event) => set({ key: event.target.value })}
      />
      <TextField label="Address, if not its own" placeholder={row?.base_url ?? ""} value={wish.base_url} onChange={(event) => set({ base_url: event.target.value })} />
      <TextField label="Model to try it with" value={wish.model} placeholder={row?.models[0] ?? "model"} onChange={(event) => set({ model: event.target.value })} />
      {test.data ? <ProbeResult probe={test.data} /> : null}
      {test.error ? <Problem error={test.error} /> : null}
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button busy={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? "Asking it…" : "Try it out"}
        </Button>
        <Button type="submit" look="primary" disabled={problem !== undefined || !wish.name}>
          Review and add
        </Button>
      </DialogFoot>
    </form>
  );
}

function startWish(row: CatalogueRow | undefined): Wish {
  return { row: row?.name ?? "", name: row?.name ?? "", key: "", base_url: "", model: row?.models[0] ?? "" };
}

function findProblem({ name }: Wish, config: ConfigView): string | undefined {
  if (!name) return undefined;
  if (!/^[\w.-]+$/.test(name)) return "Letters, digits, dots, dashes and underscores only.";
  return hasProvider(config.text, name) ? "The file has one of that name already; choose another." : undefined;
}

function buildEntry(wish: Wish) {
  return {
    row: wish.row,
    ...(wish.key ? { api_key: wish.key } : {}),
    ...(wish.base_url ? { base_url: wish.base_url } : {}),
  };
}

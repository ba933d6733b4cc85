import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { change } from "../../api/client";
import type { Explanation } from "../../api/types";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Problem } from "../../ui/Feedback";
import { Select, TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { DIALECTS } from "../playground/dialects/all";
import { Candidates } from "./Candidates";
import styles from "./Routes.module.css";

/** Where a request would go at this moment, and why. Nobody is asked for it. */
export function ExplainForm({ names }: { names: readonly string[] }) {
  const [model, setModel] = useState(names[0] ?? "");
  const [dialect, setDialect] = useState("openai_chat");
  const [tokens, setTokens] = useState("");
  const explain = useMutation({
    mutationFn: () =>
      change<Explanation>("POST", "/routes/explain", { model, dialect, ...(Number(tokens) > 0 ? { tokens: Number(tokens) } : {}) }),
  });
  return (
    <div className={ui.stack}>
      <Card>
        <form
          className={ui.row}
          onSubmit={(event) => {
            event.preventDefault();
            explain.mutate();
          }}
        >
          <TextField label="Model" list="explain-names" className={styles.model} value={model} placeholder="a route, or provider/model" onChange={(event) => setModel(event.target.value)} />
          <datalist id="explain-names">
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Select label="In dialect" options={DIALECTS.map(({ name, label }) => ({ value: name, label }))} value={dialect} onPick={setDialect} />
          <TextField label="Tokens in it" inputMode="numeric" value={tokens} placeholder="few" onChange={(event) => setTokens(event.target.value)} />
          <Button type="submit" look="primary" busy={explain.isPending} disabled={!model.trim()}>
            Explain
          </Button>
        </form>
      </Card>
      {explain.error ? <Problem error={explain.error} /> : null}
      {explain.data ? (
        <Card title={`A request for ${explain.data.model}`}>
          <Candidates explanation={explain.data} />
        </Card>
      ) : null}
    </div>
  );
}

import { useState } from "react";

import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import type { Call, ToolResult } from "./ask";
import styles from "./Playground.module.css";

/** The person plays the tools: what each call gave goes back to the model. */
export function ToolForm({ calls, onSend }: { calls: readonly Call[]; onSend: (results: readonly ToolResult[]) => void }) {
  const [outputs, setOutputs] = useState<readonly string[]>(calls.map(() => ""));
  return (
    <form
      className={styles.tools}
      onSubmit={(event) => {
        event.preventDefault();
        onSend(calls.map(({ id, name }, index) => ({ id, name, output: outputs[index] ?? "" })));
      }}
    >
      {calls.map((call, index) => (
        <TextField
          key={call.id}
          label={`What ${call.name} gives`}
          value={outputs[index] ?? ""}
          onChange={(event) => setOutputs(outputs.map((output, other) => (other === index ? event.target.value : output)))}
        />
      ))}
      <Button type="submit">Give it to the model</Button>
    </form>
  );
}

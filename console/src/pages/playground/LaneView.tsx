import { useState } from "react";

import { Button } from "../../ui/Button";
import { Select } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { AnswerView } from "./AnswerView";
import { dataUrl, type DialectName, type ToolResult } from "./ask";
import { isRunning, type Lane, type Options, type Step } from "./bench";
import { BytesDialog } from "./BytesDialog";
import { DIALECTS } from "./dialects/all";
import styles from "./Playground.module.css";
import { ToolForm } from "./ToolForm";

interface Props {
  lane: Lane;
  number: number;
  options: Options;
  onChange: (change: { model?: string; dialect?: DialectName }) => void;
  onRemove: (() => void) | undefined;
  onAnswerCalls: (results: readonly ToolResult[]) => void;
}

export function LaneView({ lane, number, options, onChange, onRemove, onAnswerCalls }: Props) {
  const [shown, setShown] = useState<number>();
  const last = lane.steps[lane.steps.length - 1];
  const waitsForTools = last?.answer.state === "done" && last.answer.calls.length > 0;

  return (
    <section className={styles.lane} aria-label={`Model ${number}`}>
      <div className={styles.laneHead}>
        <label className={styles.model}>
          <span className={ui.hidden}>Model</span>
          <input
            className={ui.input}
            list="playground-models"
            placeholder="provider/model or a route"
            value={lane.model}
            disabled={isRunning(lane)}
            onChange={(event) => onChange({ model: event.target.value })}
          />
        </label>
        <Select
          bare
          label="Dialect"
          options={DIALECTS.map(({ name, label }) => ({ value: name, label }))}
          value={lane.dialect}
          disabled={isRunning(lane)}
          onPick={(dialect) => onChange({ dialect: dialect as DialectName })}
        />
        {onRemove ? (
          <Button look="quiet" aria-label={`Remove model ${number}`} onClick={onRemove} disabled={isRunning(lane)}>
            <span aria-hidden="true">✕</span>
          </Button>
        ) : null}
      </div>
      <div className={styles.steps} aria-live="polite" aria-busy={isRunning(lane)}>
        {lane.steps.length === 0 ? <p className={styles.nothing}>The answers of this model come here.</p> : null}
        {lane.steps.map((step, index) => (
          <div key={index} className={styles.step}>
            <Asked asked={step.asked} />
            <AnswerView answer={step.answer} onShowBytes={() => setShown(index)} />
          </div>
        ))}
        {waitsForTools ? <ToolForm key={lane.steps.length} calls={last.answer.calls} onSend={onAnswerCalls} /> : null}
      </div>
      {shown !== undefined && lane.steps[shown] ? (
        <BytesDialog lane={lane} index={shown} options={options} onClose={() => setShown(undefined)} />
      ) : null}
    </section>
  );
}

function Asked({ asked }: { asked: Step["asked"] }) {
  if (asked.role === "tool") {
    return (
      <div className={styles.asked}>
        {asked.results.map((result) => (
          <div key={result.id}>
            <code>{result.name}</code> gave {result.output}
          </div>
        ))}
      </div>
    );
  }
  return (
    <div className={styles.asked}>
      {asked.images.map((image, index) => (
        <img key={index} className={styles.picture} src={dataUrl(image)} alt={image.name} />
      ))}
      {asked.text}
    </div>
  );
}

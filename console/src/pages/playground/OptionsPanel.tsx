import { Select, TextArea, TextField } from "../../ui/Field";
import type { Effort } from "./ask";
import type { Options } from "./bench";
import styles from "./Playground.module.css";

const EFFORTS = [
  { value: "", label: "As the model likes" },
  { value: "low", label: "Low" },
  { value: "medium", label: "Medium" },
  { value: "high", label: "High" },
];

const EXAMPLE_TOOL = '[{"name": "get_weather", "description": "The weather at a place.", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]';
const EXAMPLE_SCHEMA = '{"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"], "additionalProperties": false}';

interface Props {
  options: Options;
  problems: Partial<Record<keyof Options, string>>;
  onChange: (options: Options) => void;
}

export function OptionsPanel({ options, problems, onChange }: Props) {
  const set = (change: Partial<Options>) => onChange({ ...options, ...change });
  return (
    <details className={styles.options}>
      <summary>
        Options <span className={styles.summary}>{summarise(options)}</span>
      </summary>
      <div className={styles.optionGrid}>
        <TextArea label="System prompt" rows={2} className={styles.whole} value={options.system} onChange={(event) => set({ system: event.target.value })} />
        <TextField label="Most tokens of an answer" inputMode="numeric" problem={problems.maxTokens} value={options.maxTokens} onChange={(event) => set({ maxTokens: event.target.value })} />
        <TextField label="Temperature" inputMode="decimal" problem={problems.temperature} value={options.temperature} onChange={(event) => set({ temperature: event.target.value })} />
        <Select label="Thinking" options={EFFORTS} value={options.effort} onPick={(effort) => set({ effort: effort as Effort })} />
        <label className={styles.check}>
          <input type="checkbox" checked={options.isStream} onChange={(event) => set({ isStream: event.target.checked })} />
          Stream the answer
        </label>
        <TextArea label="Tools (JSON)" rows={4} spellCheck={false} className={styles.half} placeholder={EXAMPLE_TOOL} problem={problems.tools} value={options.tools} onChange={(event) => set({ tools: event.target.value })} />
        <TextArea label="JSON schema of the answer" rows={4} spellCheck={false} className={styles.half} placeholder={EXAMPLE_SCHEMA} problem={problems.schema} value={options.schema} onChange={(event) => set({ schema: event.target.value })} />
      </div>
    </details>
  );
}

function summarise(options: Options): string {
  const set = [
    options.system && "system prompt",
    options.maxTokens && `≤ ${options.maxTokens} tokens`,
    options.temperature && `temperature ${options.temperature}`,
    options.effort && `${options.effort} thinking`,
    options.tools.trim() && "tools",
    options.schema.trim() && "JSON schema",
    !options.isStream && "not streamed",
  ].filter(Boolean);
  return set.length ? set.join(" · ") : "all as the model likes";
}

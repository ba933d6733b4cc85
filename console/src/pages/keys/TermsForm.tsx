import { TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import styles from "./Keys.module.css";
import { checkTerms, type TermFields } from "./limits";

interface Props {
  fields: TermFields;
  onChange: (part: Partial<TermFields>) => void;
}

const NUMBERS = [
  ["rpm", "Requests per minute"],
  ["tpm", "Tokens per minute"],
  ["concurrency", "At the same time"],
] as const;

const BUDGETS = [
  ["day", "Budget per day, $"],
  ["week", "per week, $"],
  ["month", "per month, $"],
  ["total", "in all, $"],
] as const;

/** Models, limits and budgets; what is left empty is without a limit. */
export function TermsForm({ fields, onChange }: Props) {
  const problems = checkTerms(fields);
  return (
    <>
      <div className={styles.pair}>
        <TextField label="Models" value={fields.models} placeholder="all" hint="Patterns such as openai/*, fast" onChange={(event) => onChange({ models: event.target.value })} />
        <TextField label="Providers" value={fields.providers} placeholder="all" hint="Names with commas between them" onChange={(event) => onChange({ providers: event.target.value })} />
      </div>
      <div className={styles.three}>
        {NUMBERS.map(([name, label]) => (
          <TextField key={name} label={label} inputMode="numeric" placeholder="no limit" value={fields[name]} problem={problems[name]} onChange={(event) => onChange({ [name]: event.target.value })} />
        ))}
      </div>
      <div className={styles.four}>
        {BUDGETS.map(([name, label]) => (
          <TextField key={name} label={label} inputMode="decimal" placeholder="none" value={fields[name]} problem={problems[name]} onChange={(event) => onChange({ [name]: event.target.value })} />
        ))}
      </div>
      <label className={ui.check}>
        <input type="checkbox" checked={fields.allowUnpriced} onChange={(event) => onChange({ allowUnpriced: event.target.checked })} />
        May use models without a known price under a budget
      </label>
    </>
  );
}

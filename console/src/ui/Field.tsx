import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";

import { join } from "./classes";
import styles from "./ui.module.css";

interface Around {
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
  /** The label is for screen readers only; the place says the rest. */
  bare?: boolean;
  className?: string | undefined;
}

interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  className: string;
}

function Field({ label, hint, problem, bare, className, children }: Around & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const said = problem ?? hint;
  return (
    <div className={join(styles.field, className)}>
      <label htmlFor={id} className={bare ? styles.hidden : styles.label}>
        {label}
      </label>
      {children({
        id,
        "aria-describedby": said ? `${id}-said` : undefined,
        "aria-invalid": problem ? true : undefined,
        className: join(styles.input, problem && styles.wrong),
      })}
      {said ? (
        <span id={`${id}-said`} className={styles.hint} role={problem ? "alert" : undefined}>
          {said}
        </span>
      ) : null}
    </div>
  );
}

export function TextField({ label, hint, problem, bare, className, ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field {...{ label, hint, bare, className, problem } as Around}>{(wiring) => <input autoComplete="off" {...rest} {...wiring} />}</Field>
  );
}

export function TextArea({ label, hint, problem, bare, className, ...rest }: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <Field {...{ label, hint, bare, className, problem } as Around}>{(wiring) => <textarea {...rest} {...wiring} />}</Field>;
}

export interface Option {
  value: string;
  label: string;
}

interface SelectProps extends Around, Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "className"> {
  options: readonly Option[];
  onPick: (value: string) => void;
}

export function Select({ label, hint, problem, bare, className, options, onPick, ...rest }: SelectProps) {
  return (
    <Field {...{ label, hint, bare, className, problem } as Around}>
      {(wiring) => (
        <select {...rest} {...wiring} onChange={(event) => onPick(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

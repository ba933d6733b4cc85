import type { ConfigDifference, ConfigView } from "../api/types";
import { Button } from "../ui/Button";
import { join } from "../ui/classes";
import { Dialog, DialogFoot } from "../ui/Dialog";
import { Loaded, Problem } from "../ui/Feedback";
import { tell } from "../ui/Toasts";
import ui from "../ui/ui.module.css";
import styles from "./Config.module.css";
import { showValue } from "./values";
import { useApply, useDifference } from "./useConfig";
import { WhatIfPanel } from "./WhatIfPanel";

interface Props {
  config: ConfigView;
  /** What the file is to hold. */
  text: string;
  onClose: () => void;
  onDone?: () => void;
  /** The route names that it is about, where it is about some; it is tried over their exchanges then. */
  names?: readonly string[];
}

/** What a change would do, line by line and setting by setting, before it takes effect. */
export function Review({ config, text, onClose, onDone, names }: Props) {
  const difference = useDifference(text, true);
  const apply = useApply(() => {
    tell("The change is in force.");
    onDone?.();
    onClose();
  });
  const canTry = difference.data !== undefined && !difference.data.problems.length && difference.data.diff !== "";
  const canApply = config.is_writable && canTry;
  return (
    <Dialog title="Review the change" wide onClose={onClose}>
      <Loaded query={difference}>{(data) => <Difference difference={data} />}</Loaded>
      {canTry ? <WhatIfPanel text={text} names={names ?? []} /> : null}
      {config.is_writable ? null : (
        <p className={ui.soft}>
          {config.path
            ? `The gateway may not write ${config.path}; make this change in the file yourself.`
            : "The gateway runs without a configuration file; start it with --config dragoman.yaml to change settings here."}
        </p>
      )}
      {apply.error ? <Problem error={apply.error} /> : null}
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" disabled={!canApply} busy={apply.isPending} onClick={() => apply.mutate({ text, version: config.version })}>
          Apply
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

export function Difference({ difference }: { difference: ConfigDifference }) {
  if (difference.problems.length) {
    return (
      <div role="alert" className={ui.stack}>
        <strong>It cannot be applied as it is:</strong>
        <ul className={styles.problems}>
          {difference.problems.map((problem, index) => (
            <li key={index}>
              <code>{problem.path || "the file"}</code> {problem.where ? `(${problem.where})` : ""}: {problem.message}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  if (!difference.diff) return <p>Nothing is different.</p>;
  return (
    <div className={ui.stack}>
      <pre className={styles.diff} tabIndex={0} aria-label="The file, line by line">
        {difference.diff.split("\n").map((line, index) => (
          <div key={index} className={lookOf(line)}>
            {line || " "}
          </div>
        ))}
      </pre>
      {difference.changes.length ? (
        <table className={ui.table} aria-label="The settings that change">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Now</th>
              <th scope="col">Then</th>
            </tr>
          </thead>
          <tbody>
            {difference.changes.map((one) => (
              <tr key={one.path}>
                <td>
                  <code>{one.path}</code>
                </td>
                <td className={styles.value}>{showValue(one.before)}</td>
                <td className={styles.value}>{showValue(one.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p>No setting changes by it.</p>
      )}
    </div>
  );
}

function lookOf(line: string): string {
  if (/^(\+\+\+|---|@@) /.test(line)) return join(styles.where);
  return join(line.startsWith("+") && styles.added, line.startsWith("-") && styles.removed);
}

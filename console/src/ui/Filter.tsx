import { Button } from "./Button";
import { Empty } from "./Feedback";
import { TextField } from "./Field";
import styles from "./ui.module.css";

interface Props {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
}

/** Narrows a list while one types. */
export function Filter({ label, placeholder, text, onText }: Props) {
  return <TextField bare label={label} type="search" className={styles.filter} placeholder={placeholder} value={text} onChange={(event) => onText(event.target.value)} />;
}

export function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <Empty title="Nothing matches">
      <Button onClick={onClear}>Show all of them</Button>
    </Empty>
  );
}

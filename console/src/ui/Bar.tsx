import { formatShare } from "../format/numbers";
import styles from "./ui.module.css";

interface Props {
  label: string;
  /** Between 0 and 1; above 1 is shown as full. */
  share: number | null;
  /** From where on it is a warning. */
  warnAt?: number;
  badAt?: number;
}

/** How much of something is used. */
export function Bar({ label, share, warnAt = 0.8, badAt = 1 }: Props) {
  const known = share ?? 0;
  const tone = known >= badAt ? styles.barBad : known >= warnAt ? styles.barWarn : undefined;
  return (
    <div
      className={styles.bar}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(Math.min(known, 1) * 100)}
      aria-valuetext={formatShare(share)}
    >
      <span className={tone} style={{ width: `${Math.min(known, 1) * 100}%` }} />
    </div>
  );
}

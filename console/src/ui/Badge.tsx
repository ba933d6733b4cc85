import type { ReactNode } from "react";

import { join } from "./classes";
import styles from "./ui.module.css";

export type Tone = "plain" | "good" | "warn" | "bad" | "accent";

export function Badge({ tone = "plain", title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={join(styles.badge, tone !== "plain" && styles[tone])} title={title}>
      {children}
    </span>
  );
}

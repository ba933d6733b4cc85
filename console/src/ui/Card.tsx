import type { ReactNode } from "react";

import { join } from "./classes";
import styles from "./ui.module.css";

interface Props {
  title?: ReactNode;
  actions?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}

export function Card({ title, actions, className, children }: Props) {
  return (
    <section className={join(styles.card, className)}>
      {title || actions ? (
        <div className={styles.cardHead}>
          {typeof title === "string" ? <h2>{title}</h2> : title}
          {actions ? <div className={styles.actions}>{actions}</div> : null}
        </div>
      ) : null}
      {children}
    </section>
  );
}

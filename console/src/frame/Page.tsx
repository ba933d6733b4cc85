import type { ReactNode } from "react";

import styles from "./Frame.module.css";

interface Props {
  title: ReactNode;
  says?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: its heading, what can be done with all of it, its content. */
export function PageFrame({ title, says, actions, children }: Props) {
  return (
    <div className={styles.page}>
      <div className={styles.pageHead}>
        <div>
          <h1>{title}</h1>
          {says ? <p>{says}</p> : null}
        </div>
        {actions}
      </div>
      {children}
    </div>
  );
}

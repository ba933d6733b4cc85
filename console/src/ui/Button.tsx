import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

import { join } from "./classes";
import styles from "./ui.module.css";

type Look = "plain" | "primary" | "danger" | "quiet";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  look?: Look;
  small?: boolean;
  /** While it is true the button cannot be pressed again. */
  busy?: boolean;
  children: ReactNode;
}

export function Button({ look = "plain", small, busy, className, children, disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={join(styles.button, look !== "plain" && styles[look], small && styles.small, className)}
    >
      {children}
    </button>
  );
}

import { useId, useLayoutEffect, useRef, type ReactNode } from "react";

import { Button } from "./Button";
import { join } from "./classes";
import styles from "./ui.module.css";

interface Props {
  title: string;
  onClose: () => void;
  wide?: boolean;
  size?: "full";
  children: ReactNode;
}

/**
 * The platform's own modal dialog: it keeps the focus inside, closes on Escape, hides the rest from screen readers, and
 * needs no style element, which the content security policy would refuse. Mounted means open.
 */
export function Dialog({ title, onClose, wide, size, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();

  // Before the page is drawn, and at the end while the dialog is still there: one that is taken out of the page first gives
  // the focus back to nobody.
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={element}
      className={join(styles.dialog, wide && styles.wide, size && styles[size])}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={styles.dialogHead}>
        <h2 id={id}>{title}</h2>
        <Button look="quiet" className={styles.icon} aria-label="Close" onClick={onClose}>
          <span aria-hidden="true">✕</span>
        </Button>
      </div>
      <div className={styles.dialogBody}>{children}</div>
    </dialog>
  );
}

export function DialogFoot({ children }: { children: ReactNode }) {
  return <div className={styles.dialogFoot}>{children}</div>;
}

interface ConfirmProps {
  title: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
  busy?: boolean;
  children: ReactNode;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, action, onConfirm, onClose, busy, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div>{children}</div>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" busy={busy ?? false} onClick={onConfirm}>
          {action}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

import { useEffect, useRef, useSyncExternalStore } from "react";

import { join } from "./classes";
import { describeError } from "./Feedback";
import styles from "./ui.module.css";

interface Toast {
  id: number;
  text: string;
  isBad: boolean;
}

const SHOWN_MILLISECONDS = 6000;
const store = { toasts: [] as readonly Toast[], next: 1, listeners: new Set<() => void>() };

function change(toasts: readonly Toast[]): void {
  store.toasts = toasts;
  for (const listener of store.listeners) listener();
}

function show(text: string, isBad: boolean): void {
  const toast = { id: store.next++, text, isBad };
  change([...store.toasts, toast].slice(-4));
  window.setTimeout(() => change(store.toasts.filter((other) => other.id !== toast.id)), SHOWN_MILLISECONDS);
}

/** Says briefly that something was done. */
export function tell(text: string): void {
  show(text, false);
}

/** Says that something was not done, and why. */
export function tellProblem(error: unknown): void {
  const { title, advice } = describeError(error);
  show(`${title} ${advice}`.trim(), true);
}

function subscribe(listener: () => void): () => void {
  store.listeners.add(listener);
  return () => store.listeners.delete(listener);
}

export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, () => store.toasts);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A popover that is shown anew lies above a dialog that was opened meanwhile.
    box.current?.hidePopover();
    if (toasts.length) box.current?.showPopover();
  }, [toasts]);
  return (
    <div ref={box} popover="manual" className={styles.toasts} role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={join(styles.toast, toast.isBad && styles.toastBad)}>
          {toast.text}
        </div>
      ))}
    </div>
  );
}

import * as Radix from "@radix-ui/react-dropdown-menu";
import { useRef, type ReactNode } from "react";

import { Button } from "./Button";
import styles from "./ui.module.css";

export interface MenuItem {
  label: string;
  onSelect: () => void;
  disabled?: boolean;
}

interface Props {
  label: string;
  items: readonly MenuItem[];
  /** As large as the buttons beside it. */
  isLarge?: boolean;
  children: ReactNode;
}

/**
 * A button that opens a list of commands. Not modal: locking the page's scroll would need a style element. What was chosen
 * happens when the focus is on the button again, so that a dialog that it opens gives the focus back to there.
 */
export function Menu({ label, items, isLarge, children }: Props) {
  const trigger = useRef<HTMLButtonElement>(null);
  const chosen = useRef<MenuItem>(null);
  const close = (event: Event) => {
    const item = chosen.current;
    if (!item) return; // closed without a choice: the focus goes where the person went
    event.preventDefault();
    chosen.current = null;
    trigger.current?.focus();
    item.onSelect();
  };
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>
        <Button ref={trigger} small={!isLarge} aria-label={label}>
          {children}
        </Button>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} align="end" sideOffset={4} onCloseAutoFocus={close}>
          {items.map((item) => (
            <Radix.Item
              key={item.label}
              className={styles.menuItem}
              disabled={item.disabled ?? false}
              onSelect={() => {
                chosen.current = item;
              }}
            >
              {item.label}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

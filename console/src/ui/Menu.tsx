import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";

import { Button } from "./Button";
import styles from "./ui.module.css";

export interface MenuItem {
  label: string;
  onSelect: () => void;
  disabled?: boolean;
}

/** A button that opens a list of commands. Not modal: locking the page's scroll would need a style element. */
export function Menu({ label, items, children }: { label: string; items: readonly MenuItem[]; children: ReactNode }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>
        <Button small aria-label={label}>
          {children}
        </Button>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} align="end" sideOffset={4}>
          {items.map((item) => (
            <Radix.Item
              key={item.label}
              className={styles.menuItem}
              disabled={item.disabled ?? false}
              onSelect={item.onSelect}
            >
              {item.label}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

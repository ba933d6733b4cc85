import * as Radix from "@radix-ui/react-tabs";
import type { ReactNode } from "react";

import styles from "./ui.module.css";

export interface Tab {
  value: string;
  label: ReactNode;
  content: ReactNode;
}

interface Props {
  label: string;
  tabs: readonly Tab[];
  value?: string;
  onChange?: (value: string) => void;
}

export function Tabs({ label, tabs, value, onChange }: Props) {
  const first = tabs[0]?.value ?? "";
  const steering = value === undefined ? { defaultValue: first } : { value };
  return (
    <Radix.Root {...steering} {...(onChange ? { onValueChange: onChange } : {})}>
      <Radix.List aria-label={label} className={styles.tabs}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} value={tab.value} className={styles.tab}>
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

import type { KeyCard } from "../../api/types";
import { formatMoney } from "../../format/numbers";
import { Bar } from "../../ui/Bar";
import ui from "../../ui/ui.module.css";
import styles from "./Keys.module.css";
import { readSpend, tellSpend } from "./limits";

/** What is spent of each budget; where there is none, what was spent in all. */
export function SpendBars({ card }: { card: Pick<KeyCard, "budgets" | "spent" | "name"> }) {
  const spend = readSpend(card);
  if (!spend.length) return <span className={ui.soft}>{formatMoney(card.spent.total ?? null)} in all</span>;
  return (
    <ul className={styles.spend}>
      {spend.map((one) => (
        <li key={one.period}>
          <span>{tellSpend(one)}</span>
          <Bar label={`Budget of ${card.name}, ${one.period}`} share={one.spent / one.budget} />
        </li>
      ))}
    </ul>
  );
}

import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useMayChange } from "../../api/session";
import type { Provider } from "../../api/types";
import { formatCount, formatMoney, formatShare } from "../../format/numbers";
import { formatSeconds } from "../../format/times";
import { cachedShare, errorRate } from "../../format/totals";
import { Badge } from "../../ui/Badge";
import { Card } from "../../ui/Card";
import { Confirm } from "../../ui/Dialog";
import { Menu } from "../../ui/Menu";
import ui from "../../ui/ui.module.css";
import { CredentialList } from "./CredentialList";
import { KeepKeyDialog } from "./KeepKeyDialog";
import styles from "./Providers.module.css";
import { RemoveProvider } from "./RemoveProvider";
import { useSteeringAll } from "./useSteering";

export function ProviderCard({ provider }: { provider: Provider }) {
  const [isRemoving, setRemoving] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const [isPausing, setPausing] = useState(false);
  const mayChange = useMayChange();
  const out = provider.health.filter((one) => one.out_seconds);
  const isPaused = provider.credentials.length > 0 && provider.credentials.every((key) => key.is_paused);
  const steerAll = useSteeringAll(provider);
  return (
    <Card
      title={
        <div>
          <h2 className={styles.name}>
            {provider.name} {provider.title && provider.title !== provider.name ? <span>{provider.title}</span> : null}
            {provider.is_enabled ? null : <Badge>switched off</Badge>}
            {provider.is_local ? <Badge tone="accent">on this machine</Badge> : null}
          </h2>
          <p className={styles.address}>
            {provider.address} · speaks {provider.dialects.join(", ")}
          </p>
        </div>
      }
      actions={
        <>
          <Link to="/exchanges" search={{ provider: provider.name }}>
            Its exchanges
          </Link>
          <Menu label={`More for ${provider.name}`} items={[
              { label: "Add a key…", onSelect: () => setAdding(true), disabled: !mayChange || provider.is_local },
              isPaused
                ? { label: "Resume all keys", onSelect: () => steerAll.mutate("resume"), disabled: !mayChange }
                : { label: "Pause all keys…", onSelect: () => setPausing(true), disabled: !mayChange || !provider.credentials.length },
              { label: "Remove…", onSelect: () => setRemoving(true), disabled: !mayChange },
            ]}>
            <span aria-hidden="true">⋯</span>
          </Menu>
        </>
      }
    >
      <div className={ui.stack}>
        <dl className={styles.figures}>
          <Figure label="Exchanges, 24 h" value={formatCount(provider.usage.exchanges)} />
          <Figure label="Failed" value={formatShare(errorRate(provider.usage))} />
          <Figure label="Cost, 24 h" value={formatMoney(provider.usage.cost_nanodollars)} />
          <Figure label="From its caches" value={formatShare(cachedShare(provider.usage))} />
        </dl>
        {out.length ? (
          <ul className={styles.out}>
            {out.map((one) => (
              <li key={one.model}>
                <Badge tone="bad">out</Badge> <code>{one.model || "every model"}</code> after {one.faults} faults, asked again in{" "}
                {formatSeconds(one.out_seconds)}
              </li>
            ))}
          </ul>
        ) : null}
        {provider.credentials.length ? (
          <CredentialList provider={provider} />
        ) : (
          <p className={ui.soft}>It needs no key.</p>
        )}
      </div>
      {isAdding ? <KeepKeyDialog provider={provider.name} onClose={() => setAdding(false)} /> : null}
      {isPausing ? (
        <Confirm
          title={`Pause ${provider.name}?`}
          action="Pause all keys"
          busy={steerAll.isPending}
          onConfirm={() => steerAll.mutate("pause", { onSettled: () => setPausing(false) })}
          onClose={() => setPausing(false)}
        >
          It is asked nothing more until its keys are resumed; routes go on with their other targets. What is under way ends.
        </Confirm>
      ) : null}
      {isRemoving ? <RemoveProvider name={provider.name} onClose={() => setRemoving(false)} /> : null}
    </Card>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

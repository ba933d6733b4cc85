import { useQuery } from "@tanstack/react-query";

import { get } from "../../api/client";
import { useLive } from "../../api/live";
import type { Fetch, LocalModels } from "../../api/types";
import { formatBytes, shareOf } from "../../format/numbers";
import { PageFrame } from "../../frame/Page";
import { Bar } from "../../ui/Bar";
import { Card } from "../../ui/Card";
import { Empty, Loaded } from "../../ui/Feedback";
import ui from "../../ui/ui.module.css";
import styles from "./LocalModels.module.css";
import { ModelCard } from "./ModelCard";

const REFRESH_MILLISECONDS = 2000;

export function Page() {
  const query = useQuery({
    queryKey: ["local-models"],
    queryFn: ({ signal }) => get<LocalModels>("/local-models", {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  const live = useLive();
  const fetches = live.seconds[live.seconds.length - 1]?.fetches ?? [];
  return (
    <PageFrame title="Local models" says="Small open models that run on this machine, as local/NAME.">
      <Loaded query={query}>{(models) => <Shelf models={models} fetches={fetches} />}</Loaded>
    </PageFrame>
  );
}

function Shelf({ models, fetches }: { models: LocalModels; fetches: readonly Fetch[] }) {
  if (!models.is_installed) {
    return (
      <Empty title="Nothing to run models with is installed">
        <p>Install the part that runs them, then start the gateway again:</p>
        <pre>pip install &apos;dragoman[local]&apos;</pre>
      </Empty>
    );
  }
  return (
    <>
      <Card title="Memory">
        <div className={ui.stack}>
          <Bar label="Memory held by loaded models" share={shareOf(models.memory_held_bytes, models.memory_budget_bytes)} warnAt={0.9} badAt={1.01} />
          <p className={ui.soft}>
            {formatBytes(models.memory_held_bytes)} of {formatBytes(models.memory_budget_bytes)} held by loaded models; kept in{" "}
            <code className={styles.folder}>{models.folder}</code>
          </p>
        </div>
      </Card>
      {models.items.length ? (
        <div className={styles.shelf}>
          {models.items.map((model) => (
            <ModelCard key={model.name} model={model} fetch={fetches.find((one) => one.name === model.name) ?? model.fetch ?? null} />
          ))}
        </div>
      ) : (
        <Empty title="The shelf is empty">
          <p>Add a model of your own from a file:</p>
          <pre>dragoman models add NAME --path model.gguf</pre>
        </Empty>
      )}
    </>
  );
}

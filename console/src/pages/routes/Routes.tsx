import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { get } from "../../api/client";
import { useMayChange } from "../../api/session";
import type { RouteView } from "../../api/types";
import { FileEditor } from "../../config/FileEditor";
import { useConfig } from "../../config/useConfig";
import { useAddress } from "../../frame/address";
import { PageFrame } from "../../frame/Page";
import { Button } from "../../ui/Button";
import { Empty, Loaded } from "../../ui/Feedback";
import { Tabs } from "../../ui/Tabs";
import { ExplainForm } from "./ExplainForm";
import { RouteCard } from "./RouteCard";
import { RouteDialog } from "./RouteDialog";
import ui from "../../ui/ui.module.css";

const REFRESH_MILLISECONDS = 5000;

export function Page() {
  const [edited, setEdited] = useState<Edited>();
  const [words, setWords] = useAddress();
  const mayChange = useMayChange();
  const routes = useQuery({
    queryKey: ["routes"],
    queryFn: ({ signal }) => get<{ items: RouteView[] }>("/routes", {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  const config = useConfig();
  return (
    <PageFrame
      title="Routes"
      says="The model names that clients ask for, and who stands behind each."
      actions={
        <Button look="primary" disabled={!mayChange} onClick={() => setEdited({ route: null })}>
          New route
        </Button>
      }
    >
      <Tabs
        label="Routes"
        value={words.tab ?? "list"}
        onChange={(tab) => setWords({ tab: tab === "list" ? "" : tab })}
        tabs={[
          {
            value: "list",
            label: "Routes",
            content: <Loaded query={routes}>{({ items }) => <List routes={items} onEdit={setEdited} />}</Loaded>,
          },
          { value: "explain", label: "Explain a request", content: <ExplainForm names={routes.data?.items.map((route) => route.name) ?? []} /> },
          { value: "file", label: "Edit as YAML", content: <Loaded query={config}>{(view) => <FileEditor config={view} />}</Loaded> },
        ]}
      />
      {edited ? <RouteDialog {...edited} onClose={() => setEdited(undefined)} /> : null}
    </PageFrame>
  );
}

interface Edited {
  /** null: a new one. */
  route: RouteView | null;
  isWhatIf?: boolean;
}

function List({ routes, onEdit }: { routes: readonly RouteView[]; onEdit: (edited: Edited) => void }) {
  if (!routes.length) {
    return (
      <Empty title="No route yet">
        <p>
          Every model can be asked for as <code>provider/model</code>. A route gives a name of your own to one or several of
          them, so that one steps in for another.
        </p>
        <p>
          See which <Link to="/providers">providers</Link> there are.
        </p>
      </Empty>
    );
  }
  return (
    <div className={ui.stack}>
      {routes.map((route) => (
        <RouteCard key={route.name} route={route} onEdit={() => onEdit({ route })} onWhatIf={() => onEdit({ route, isWhatIf: true })} />
      ))}
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { get } from "../../api/client";
import { useMayChange } from "../../api/session";
import type { Provider } from "../../api/types";
import { PageFrame } from "../../frame/Page";
import { Button } from "../../ui/Button";
import { Empty, Loaded } from "../../ui/Feedback";
import { AddProvider } from "./AddProvider";
import { ProviderCard } from "./ProviderCard";

const REFRESH_MILLISECONDS = 3000;

export function Page() {
  const [isAdding, setAdding] = useState(false);
  const mayChange = useMayChange();
  const query = useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => get<{ items: Provider[] }>("/providers", {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  const add = (
    <Button look="primary" disabled={!mayChange} onClick={() => setAdding(true)}>
      Add a provider
    </Button>
  );
  return (
    <PageFrame title="Providers" says="Who answers, and how each key of theirs stands." actions={add}>
      <Loaded query={query}>
        {({ items }) =>
          items.length ? (
            <>
              {items.map((provider) => (
                <ProviderCard key={provider.name} provider={provider} />
              ))}
            </>
          ) : (
            <Empty title="No provider yet">
              <p>Add one here with a key, or set one of these before the gateway starts:</p>
              <pre>export OPENAI_API_KEY=…{"\n"}export ANTHROPIC_API_KEY=…</pre>
            </Empty>
          )
        }
      </Loaded>
      {isAdding ? <AddProvider onClose={() => setAdding(false)} /> : null}
    </PageFrame>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { get } from "../../api/client";
import { useMayChange } from "../../api/session";
import type { Provider } from "../../api/types";
import { useAddressText } from "../../frame/address";
import { PageFrame } from "../../frame/Page";
import { Button } from "../../ui/Button";
import { Empty, Loaded } from "../../ui/Feedback";
import { Filter, NothingMatches } from "../../ui/Filter";
import { holdsWords } from "../../ui/words";
import { AddProvider } from "./AddProvider";
import { ProviderCard } from "./ProviderCard";

const REFRESH_MILLISECONDS = 3000;

export function Page() {
  const [isAdding, setAdding] = useState(false);
  const [text, setText] = useAddressText("text");
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
            <Shown providers={items} text={text} onText={setText} />
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

const FEW = 4;

function Shown({ providers, text, onText }: { providers: readonly Provider[]; text: string; onText: (text: string) => void }) {
  const shown = providers.filter((provider) => isMeant(provider, text));
  return (
    <>
      {providers.length >= FEW || text ? <Filter label="Filter providers" placeholder="Filter by name, key or model" text={text} onText={onText} /> : null}
      {shown.map((provider) => (
        <ProviderCard key={provider.name} provider={provider} />
      ))}
      {shown.length ? null : <NothingMatches onClear={() => onText("")} />}
    </>
  );
}

function isMeant({ name, title, credentials, models }: Provider, text: string): boolean {
  return holdsWords([name, title, ...credentials.map((key) => key.name), ...models], text);
}

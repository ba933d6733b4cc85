import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { get } from "../../api/client";
import { useMe } from "../../api/session";
import type { KeyCard, TeamCard } from "../../api/types";
import { useAddress, useAddressText } from "../../frame/address";
import { PageFrame } from "../../frame/Page";
import { Button } from "../../ui/Button";
import { Empty, Loaded } from "../../ui/Feedback";
import { Filter, NothingMatches } from "../../ui/Filter";
import { Tabs } from "../../ui/Tabs";
import ui from "../../ui/ui.module.css";
import { holdsWords } from "../../ui/words";
import { KeyDialog } from "./KeyDialog";
import { KeyTable } from "./KeyTable";
import { TeamDialog } from "./TeamDialog";
import { TeamTable } from "./TeamTable";

const REFRESH_MILLISECONDS = 5000;

export type Opened = { kind: "key"; key: KeyCard | null } | { kind: "team"; team: TeamCard | null };

export function Page() {
  const [opened, setOpened] = useState<Opened>();
  const [words, setWords] = useAddress();
  const role = useMe()?.role;
  const mayMakeKeys = role === "admin" || role === "team_admin";
  const keys = useQuery({
    queryKey: ["keys"],
    queryFn: ({ signal }) => get<{ items: KeyCard[] }>("/keys", {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  const teams = useQuery({
    queryKey: ["teams"],
    queryFn: ({ signal }) => get<{ items: TeamCard[] }>("/teams", {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  const teamNames = teams.data?.items.map((team) => team.name) ?? [];
  return (
    <PageFrame
      title="Keys and teams"
      says="Who may ask the gateway, for what, and how much of it."
      actions={
        <div className={ui.actions}>
          <Button disabled={role !== "admin"} onClick={() => setOpened({ kind: "team", team: null })}>
            New team
          </Button>
          <Button look="primary" disabled={!mayMakeKeys} onClick={() => setOpened({ kind: "key", key: null })}>
            New key
          </Button>
        </div>
      }
    >
      <Tabs
        label="Keys and teams"
        value={words.tab === "teams" ? "teams" : "keys"}
        onChange={(tab) => setWords({ tab: tab === "keys" ? "" : tab })}
        tabs={[
          {
            value: "keys",
            label: "Keys",
            content: <Loaded query={keys}>{({ items }) => <KeyList items={items} mayChange={mayMakeKeys} onOpen={setOpened} />}</Loaded>,
          },
          {
            value: "teams",
            label: "Teams",
            content: <Loaded query={teams}>{({ items }) => <TeamList items={items} mayChange={role === "admin"} onOpen={setOpened} />}</Loaded>,
          },
        ]}
      />
      {opened?.kind === "key" ? <KeyDialog card={opened.key} teams={teamNames} onClose={() => setOpened(undefined)} /> : null}
      {opened?.kind === "team" ? <TeamDialog card={opened.team} onClose={() => setOpened(undefined)} /> : null}
    </PageFrame>
  );
}

interface ListProps<Card> {
  items: readonly Card[];
  mayChange: boolean;
  onOpen: (opened: Opened) => void;
}

function KeyList({ items, mayChange, onOpen }: ListProps<KeyCard>) {
  if (!items.length) {
    return (
      <Empty title="No key yet">
        <p>
          A key lets somebody use the gateway within limits of your choice. Keys of the configuration file are not listed
          here; they have no limits.
        </p>
        <Button disabled={!mayChange} onClick={() => onOpen({ kind: "key", key: null })}>
          Make the first key
        </Button>
      </Empty>
    );
  }
  return (
    <Filtered items={items} read={(key) => [key.name, key.team, key.user, key.role, key.state, key.hint, ...key.tags]} placeholder="Filter by name, team, user, tag, state">
      {(shown) => <KeyTable keys={shown} mayChange={mayChange} onEdit={(key) => onOpen({ kind: "key", key })} />}
    </Filtered>
  );
}

function TeamList({ items, mayChange, onOpen }: ListProps<TeamCard>) {
  if (!items.length) {
    return (
      <Empty title="No team yet">
        <p>A team gives several keys one budget and one set of limits.</p>
        <Button disabled={!mayChange} onClick={() => onOpen({ kind: "team", team: null })}>
          Make the first team
        </Button>
      </Empty>
    );
  }
  return (
    <Filtered items={items} read={(team) => [team.name]} placeholder="Filter by name">
      {(shown) => <TeamTable teams={shown} mayChange={mayChange} onEdit={(team) => onOpen({ kind: "team", team })} />}
    </Filtered>
  );
}

const SHOWN = 200;

interface FilteredProps<Card> {
  items: readonly Card[];
  read: (card: Card) => readonly string[];
  placeholder: string;
  children: (shown: readonly Card[]) => ReactNode;
}

/** The first of those that are meant; a gateway may have thousands of keys. */
function Filtered<Card>({ items, read, placeholder, children }: FilteredProps<Card>) {
  const [text, setText] = useAddressText("text");
  const [count, setCount] = useState(SHOWN);
  const meant = items.filter((item) => holdsWords(read(item), text));
  return (
    <div className={ui.stack}>
      <Filter label="Filter" placeholder={placeholder} text={text} onText={setText} />
      {meant.length ? children(meant.slice(0, count)) : <NothingMatches onClear={() => setText("")} />}
      {meant.length > count ? (
        <div className={ui.actions}>
          <Button onClick={() => setCount(count + SHOWN)}>Show more</Button>
          <span className={ui.soft}>
            {count} of {meant.length}
          </span>
        </div>
      ) : null}
    </div>
  );
}

import { useState } from "react";

import { Button } from "../../ui/Button";
import { Select, TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import styles from "./Exchanges.module.css";
import { countFilters, dropEmpty, FIELDS, type Field, type Filters } from "./filters";

const SPANS = [
  { value: "", label: "Any time" },
  { value: "15", label: "Last 15 minutes" },
  { value: "60", label: "Last hour" },
  { value: "360", label: "Last 6 hours" },
  { value: "1440", label: "Last 24 hours" },
  { value: "10080", label: "Last 7 days" },
  { value: "43200", label: "Last 30 days" },
];

const OUTCOMES = [
  { value: "", label: "Any outcome" },
  { value: "served", label: "Served" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled by the client" },
  { value: "interrupted", label: "Interrupted" },
];

const MORE: readonly (readonly [Field, string])[] = [
  ["model", "Model"],
  ["provider", "Provider"],
  ["route", "Route"],
  ["principal", "Key"],
  ["team", "Team"],
  ["user", "User"],
  ["tag", "Tag"],
  ["credential", "Provider's key"],
  ["session", "Conversation"],
  ["dialect", "Dialect"],
  ["error", "Error (or any)"],
];

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: Props) {
  const hidden = MORE.filter(([field]) => filters[field]);
  const [isOpen, setOpen] = useState(false);
  return (
    <form
      key={FIELDS.map((field) => filters[field] ?? "").join("\n")}
      className={styles.filters}
      role="search"
      aria-label="Filter exchanges"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ ...filters, ...readForm(event.currentTarget) });
      }}
    >
      <div className={styles.filterRow}>
        <TextField
          bare
          label="Search"
          name="text"
          type="search"
          placeholder="Search id, model, key, user, tag, error, loss"
          defaultValue={filters.text ?? ""}
          className={styles.search}
        />
        <Select bare label="Outcome" options={OUTCOMES} value={filters.outcome ?? ""} onPick={(outcome) => onChange({ ...filters, outcome })} />
        <Select bare label="Time" options={SPANS} value={filters.minutes ?? ""} onPick={(minutes) => onChange({ ...filters, minutes })} />
        <Button type="submit">Search</Button>
        <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {hidden.length ? `Filters (${hidden.length})` : "Filters"}
        </Button>
        {countFilters(filters) ? (
          <Button look="quiet" onClick={() => onChange({})}>
            Clear
          </Button>
        ) : null}
      </div>
      {hidden.length && !isOpen ? (
        <div className={ui.actions} role="group" aria-label="Narrowed to">
          {hidden.map(([field, label]) => (
            <Button key={field} small onClick={() => onChange({ ...filters, [field]: "" })} aria-label={`Not only ${nameOf(label)} ${filters[field] ?? ""}`}>
              {nameOf(label)} <strong className={ui.cut}>{filters[field]}</strong> <span aria-hidden="true">✕</span>
            </Button>
          ))}
        </div>
      ) : null}
      {isOpen ? (
        <div className={styles.more}>
          {MORE.map(([field, label]) => (
            <TextField key={field} label={label} name={field} defaultValue={filters[field] ?? ""} />
          ))}
          <Button type="submit" look="primary">
            Apply
          </Button>
        </div>
      ) : null}
    </form>
  );
}

function nameOf(label: string): string {
  return label.replace(" (or any)", "").toLowerCase();
}

function readForm(form: HTMLFormElement): Filters {
  const entries = [...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return dropEmpty(Object.fromEntries(entries.map(([name, value]) => [name, value.trim()])));
}

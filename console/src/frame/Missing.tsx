import { Link, type ErrorComponentProps } from "@tanstack/react-router";

import { Empty, Problem } from "../ui/Feedback";

export function Missing() {
  return (
    <Empty title="There is no such page">
      <p>
        Go to the <Link to="/overview">overview</Link>, or choose a page from the list beside.
      </p>
    </Empty>
  );
}

export function Failure({ error, reset }: ErrorComponentProps) {
  return <Problem error={error} onRetry={reset} />;
}

import type { ReactNode } from "react";

import { ApiError } from "../api/errors";
import { Button } from "./Button";
import styles from "./ui.module.css";

/** Nothing is here yet: why, and what to do next. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What went wrong and how to go on. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, advice } = describeError(error);
  return (
    <div className={styles.problem} role="alert">
      <div>
        <strong>{title}</strong> <span>{advice}</span>
      </div>
      {onRetry ? (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}

export function describeError(error: unknown): { title: string; advice: string } {
  if (error instanceof ApiError) return { title: error.message, advice: error.advice };
  if (error instanceof Error) return { title: error.message, advice: "" };
  return { title: "Something failed.", advice: "Load the page again; if it stays, the gateway's log says more." };
}

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <p className={styles.loading} role="status">
      {what}…
    </p>
  );
}

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** What a query has brought, or what stands in its place until then. */
export function Loaded<T>({ query, children }: { query: QueryLike<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error ? <Problem error={query.error} onRetry={() => void query.refetch()} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Problem error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading />;
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { ApiError } from "../api/errors";
import { entrancesQuery, meQuery, OIDC_START, signIn } from "../api/session";
import { Button } from "../ui/Button";
import { describeError } from "../ui/Feedback";
import { TextField } from "../ui/Field";
import styles from "./SignIn.module.css";

/** The ways in: the link that the gateway prints when it starts, a key that has a role, an identity provider if there is one. */
export function SignIn() {
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const provider = useQuery(entrancesQuery).data?.oidc;

  useEffect(() => {
    document.title = "Sign in · Dragoman";
  }, []);

  const submit = async () => {
    setBusy(true);
    try {
      const me = await signIn(key.trim());
      client.setQueryData(meQuery.queryKey, me);
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className={styles.page}>
      <form
        className={styles.box}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h1>Sign in to Dragoman</h1>
        {provider ? (
          <a className={styles.provider} href={OIDC_START}>
            Sign in with {provider}
          </a>
        ) : null}
        <p>
          When the gateway starts it prints a link that signs you in, once. Look for it where you started it;{" "}
          <code>dragoman console</code> prints another.
        </p>
        <TextField
          label="Or sign in with a key of the gateway"
          type="password"
          autoComplete="current-password"
          value={key}
          problem={problem}
          hint="A key whose role is admin or viewer."
          onChange={(event) => {
            setKey(event.target.value);
            setProblem(undefined);
          }}
        />
        <Button type="submit" look="primary" busy={isBusy} disabled={!key.trim()}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

function explain(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) return "The gateway knows no such key with a role.";
  const { title, advice } = describeError(error);
  return `${title} ${advice}`.trim();
}
